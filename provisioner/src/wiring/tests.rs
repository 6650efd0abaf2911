use std::fs;
use std::path::Path;

use fatwood_resolver::requirements::DependencySet;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::samples::{blog, jar, manifest, plan, wheel};
use super::*;

mod refusals;
mod styles;

fn example(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(path)).unwrap()
}

/// A set with a jar and a wheel.
fn mixed() -> Plan {
    plan(&manifest(vec![jar("postgresql-42.7.4.jar"), wheel("tabulate-0.9.0-py3-none-any.whl")]))
}

#[test]
fn the_examples_are_dependency_sets() {
    let rows = [("ny-tlc-report", 2, 0), ("ny-tlc-report/closure", 1, 0), ("stackable", 1, 1)];
    for (folder, packages, requirements) in rows {
        let set = DependencySet::parse(&example(&format!("{folder}/dependencyset.yaml")), folder).unwrap();
        assert_eq!(
            (set.spec.packages.len(), set.spec.requirements.len()),
            (packages, requirements),
            "{folder}"
        );
        assert_eq!(set.spec.transitive, folder != "ny-tlc-report");
    }
}

#[test]
fn the_blog_s_application_is_wired() {
    let application = example("ny-tlc-report/sparkapplication.yaml");
    assert_snapshot!(wire(&application, &plan(&blog())).unwrap(), @r#"
    ---
    apiVersion: spark.stackable.tech/v1alpha1
    kind: SparkApplication
    metadata:
      name: example-sparkapp-pvc
      namespace: default
    spec:
      version: "1.0"
      sparkImage: stackable/spark-k8s:3.2.1-hadoop3.2-stackable0.4.0
      mode: cluster
      # Nothing can read this before the jars for s3a are on the class path.
      mainApplicationFile: s3a://stackable-spark-k8s-jars/jobs/ny-tlc-report-1.0-SNAPSHOT.jar
      mainClass: org.example.App
      args:
        - "'s3a://nyc-tlc/trip data/yellow_tripdata_2021-07.csv'"
      sparkConf:
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider"
        spark.driver.extraClassPath: /dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar
        spark.executor.extraClassPath: /dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar
      driver:
        cores: 1
        coreLimit: "1200m"
        memory: "512m"
        volumeMounts:
          - name: fatwood-dependencies
            mountPath: /dependencies
            subPath: sets/c50984e24fd74f012c12db7643c0b09aa896960fd86bc7a4c66e49f9dcb76b4a
            readOnly: true
      executor:
        cores: 1
        instances: 3
        memory: "512m"
        volumeMounts:
          - name: fatwood-dependencies
            mountPath: /dependencies
            subPath: sets/c50984e24fd74f012c12db7643c0b09aa896960fd86bc7a4c66e49f9dcb76b4a
            readOnly: true
      volumes:
        - name: fatwood-dependencies
          persistentVolumeClaim:
            claimName: pvc-ksv
            readOnly: true
    "#);
}

#[test]
fn an_application_of_today_is_wired() {
    assert_snapshot!(wire(&example("stackable/sparkapplication.yaml"), &mixed()).unwrap(), @r#"
    ---
    apiVersion: spark.stackable.tech/v1alpha1
    kind: SparkApplication
    metadata:
      name: orders-report
    spec:
      sparkImage:
        productVersion: 3.5.8
      mode: cluster
      mainApplicationFile: local:///stackable/spark/jobs/orders_report.py
      args:
        - --day
        - "2024-11-05"
      env:
        - name: PGUSER
          value: reporting
      sparkConf:
        spark.sql.shuffle.partitions: "64" # small data, few tasks
        spark.driver.extraClassPath: /dependencies/jars/postgresql-42.7.4.jar:/stackable/spark/extra-jars/*
        spark.executor.extraClassPath: /dependencies/jars/postgresql-42.7.4.jar:/stackable/spark/extra-jars/*
        spark.kubernetes.driverEnv.PYTHONPATH: /dependencies/python
        spark.executorEnv.PYTHONPATH: /dependencies/python
      driver:
        config:
          resources:
            cpu: { min: 500m, max: "1" }
            memory:
              limit: 1Gi
          volumeMounts:
            - name: fatwood-dependencies
              mountPath: /dependencies
              subPath: sets/db597275858a7977ffd962d1b08f9a7ef198ae6d3e10d14dfa57a853fdb78554
              readOnly: true
      executor:
        replicas: 3
        config:
          resources:
            cpu: { min: 500m, max: "1" }
            memory:
              limit: 2Gi
          volumeMounts:
            - name: fatwood-dependencies
              mountPath: /dependencies
              subPath: sets/db597275858a7977ffd962d1b08f9a7ef198ae6d3e10d14dfa57a853fdb78554
              readOnly: true
      volumes:
        - name: fatwood-dependencies
          persistentVolumeClaim:
            claimName: pvc-ksv
            readOnly: true
    "#);
}

#[test]
fn plain_configuration_says_the_same() {
    assert_snapshot!(plain(&mixed()), @r"
    spark.kubernetes.driver.volumes.persistentVolumeClaim.fatwood-dependencies.options.claimName=pvc-ksv
    spark.kubernetes.driver.volumes.persistentVolumeClaim.fatwood-dependencies.mount.path=/dependencies
    spark.kubernetes.driver.volumes.persistentVolumeClaim.fatwood-dependencies.mount.subPath=sets/db597275858a7977ffd962d1b08f9a7ef198ae6d3e10d14dfa57a853fdb78554
    spark.kubernetes.driver.volumes.persistentVolumeClaim.fatwood-dependencies.mount.readOnly=true
    spark.kubernetes.executor.volumes.persistentVolumeClaim.fatwood-dependencies.options.claimName=pvc-ksv
    spark.kubernetes.executor.volumes.persistentVolumeClaim.fatwood-dependencies.mount.path=/dependencies
    spark.kubernetes.executor.volumes.persistentVolumeClaim.fatwood-dependencies.mount.subPath=sets/db597275858a7977ffd962d1b08f9a7ef198ae6d3e10d14dfa57a853fdb78554
    spark.kubernetes.executor.volumes.persistentVolumeClaim.fatwood-dependencies.mount.readOnly=true
    spark.driver.extraClassPath=/dependencies/jars/postgresql-42.7.4.jar
    spark.executor.extraClassPath=/dependencies/jars/postgresql-42.7.4.jar
    spark.kubernetes.driverEnv.PYTHONPATH=/dependencies/python
    spark.executorEnv.PYTHONPATH=/dependencies/python
    ");
}

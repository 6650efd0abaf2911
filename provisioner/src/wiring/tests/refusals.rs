//! What is refused: each with its line, its place and what to do.

use super::*;

const HEAD: &str = "apiVersion: spark.stackable.tech/v1alpha1\nkind: SparkApplication\n";

fn refusal(yaml: &str) -> String {
    let error = wire(yaml, &plan(&blog())).expect_err(yaml);
    assert_eq!(error.failure(), Failure::Data);
    error.to_string()
}

fn check(rows: &[(&str, &str)], yaml: impl Fn(&str) -> String) {
    for (text, expected) in rows {
        let message = refusal(&yaml(text));
        assert!(message.contains(expected), "expected {expected:?}, got {message:?}");
    }
}

#[test]
fn what_is_in_the_way_of_an_application() {
    let rows = [
        (
            "volumes: [{name: fatwood-dependencies, emptyDir: {}}]",
            "line 5: `spec.volumes[0]` is named `fatwood-dependencies`",
        ),
        ("volumes: {name: a}", "line 5: `spec.volumes` must be a list, got a mapping"),
        ("sparkConf: [a=b]", "line 5: `spec.sparkConf` must be a mapping, got a list"),
        ("sparkConf: a=b", "line 5: `spec.sparkConf` must be a mapping, got text"),
        (
            "sparkConf:\n    a: b\n    spark.driver.extraClassPath: 1",
            "line 7: `spec.sparkConf.\"spark.driver.extraClassPath\"` must be text, got a number",
        ),
        ("driver: 3", "line 5: `spec.driver` must be a mapping, got a number"),
        (
            "driver:\n    cores: 1\n    volumeMounts:\n    - {name: x, mountPath: /x}\n    - name: deps\n      mountPath: /dependencies/",
            "line 9: `spec.driver.volumeMounts[1]` mounts volume `deps` at `/dependencies`",
        ),
        (
            "executor:\n    volumeMounts:\n    - {name: x, mountPath: /dependencies/jars}",
            "line 7: `spec.executor.volumeMounts[0]` mounts volume `x` at `/dependencies/jars`",
        ),
    ];
    check(&rows, |fields| format!("{HEAD}spec:\n  version: '1'\n  {fields}\n"));
    // Beside, and above: no matter.
    let beside = "driver: {volumeMounts: [{name: a, mountPath: /dependencies2}, {name: b, mountPath: /}]}";
    assert!(wire(&format!("{HEAD}spec:\n  version: '1'\n  {beside}\n"), &plan(&blog())).is_ok());
}

#[test]
fn a_python_path_that_only_the_cluster_knows_is_not_guessed() {
    let rows = [
        ("env: [{name: PYTHONPATH, valueFrom: {fieldRef: {}}}]", "line 5: `spec.env` sets a `PYTHONPATH`"),
        (
            "env: [{name: PYTHONPATH, value: '$(HOME)/lib'}]",
            "`spec.sparkConf.\"spark.kubernetes.driverEnv.PYTHONPATH\"`",
        ),
        (
            "driver:\n    envOverrides:\n      PYTHONPATH: '`id`'",
            "line 7: `spec.driver.envOverrides.PYTHONPATH` sets",
        ),
    ];
    for (fields, expected) in rows {
        let yaml = format!("{HEAD}spec:\n  version: '1'\n  {fields}\n");
        let message = wire(&yaml, &mixed()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        // A set without wheels does not touch it.
        assert!(wire(&yaml, &plan(&blog())).is_ok());
    }
}

#[test]
fn files_without_an_application_that_is_wired() {
    let rows = [
        ("", "found no object at all"),
        ("# nothing\n---\n", "found no object at all"),
        (
            "kind: Pod\napiVersion: v1\n---\nkind: Job\napiVersion: batch/v1\n",
            "found only `Pod` of `v1`, `Job` of `batch/v1`",
        ),
        (
            "a: b\n---\n# c\nkind: SparkApplication\napiVersion: example.com/v9\n",
            "line 4: expected a `SparkApplication` of",
        ),
        (
            "kind: SparkApplication\napiVersion: sparkoperator.k8s.io/v1beta2\n",
            "line 1: a Kubeflow `SparkApplication` is not wired yet; use `--plain`",
        ),
        (
            "kind: ScheduledSparkApplication\napiVersion: sparkoperator.k8s.io/v1beta2\n",
            "Kubeflow `ScheduledSparkApplication` is not wired yet",
        ),
        (
            "kind: SparkApplication\napiVersion: spark.apache.org/v1\n",
            "Apache `SparkApplication` is not wired yet",
        ),
        (
            "kind: SparkApplicationTemplate\napiVersion: spark.stackable.tech/v1alpha1\n",
            "Stackable `SparkApplicationTemplate` is not wired yet",
        ),
        (
            "kind: SparkApplication\napiVersion: spark.stackable.tech/v1alpha1\nspec: {}\n",
            "cannot tell which layout",
        ),
    ];
    check(&rows, ToOwned::to_owned);
}

#[test]
fn text_that_is_no_yaml_for_kubernetes() {
    let rows = [
        ("spec: [a, b\n", "line"),
        ("  version: '1'\n  mode: a\n  mode: b\n", "line 6: "),
        ("  version: '1'\n x: y\n", "line"),
        ("  version: '1'\n\tmode: x\n", "line"),
        ("  version: *nowhere\n", "line 4: "),
    ];
    for (spec, expected) in rows {
        let error = wire(&format!("{HEAD}spec:\n{spec}"), &plan(&blog())).unwrap_err();
        assert!(matches!(error, WireError::Document(DocumentError::Syntax { .. })), "{error:?}");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    assert_snapshot!(refusal(&format!("{HEAD}spec:\n  mode: a\n  mode: b\n")), @"line 5: this is not YAML that Kubernetes takes: key `mode` stands there twice");
}

#[test]
fn a_comment_is_not_lost() {
    let conf = "sparkConf:\n    spark.driver.extraClassPath: /a.jar\n      /b.jar # why\n    z: 1";
    let message = refusal(&format!("{HEAD}spec:\n  version: '1'\n  {conf}\n"));
    assert!(message.contains("the comment `# why` would be lost"), "{message}");
}

#[test]
fn claims_have_names_that_kubernetes_takes() {
    let longest = "a".repeat(253);
    for good in ["pvc-ksv", "a", "0.b-c.1", &longest] {
        assert_eq!(good.parse::<ClaimName>().map(|name| name.to_string()), Ok(good.to_owned()));
    }
    for bad in ["", "-a", "a-", "A", "a_b", "a..b", ".a", "a.", "a b", "a.-b", &format!("{longest}a")] {
        assert_eq!(bad.parse::<ClaimName>().map_err(|error| error.failure()), Err(Failure::Usage), "{bad}");
    }
}

#[test]
fn volumes_are_named_after_the_mount_path() {
    let long = format!("/{}", "deep/".repeat(20).trim_end_matches('/'));
    let rows = [
        ("/dependencies", "fatwood-dependencies"),
        ("/opt/deps", "fatwood-opt-deps-9d4bd20f"),
        ("/opt-deps", ""),
        ("/Opt/deps", ""),
        ("/.../_", ""),
        (&long, ""),
    ];
    let mut names = std::collections::BTreeSet::new();
    for (path, expected) in rows {
        let plan = Plan::new(&blog(), "a".parse().unwrap(), path.parse().unwrap()).unwrap();
        let name = plan.volume();
        assert!(name.parse::<fatwood_resolver::manifest::SetName>().is_ok(), "{path}: {name}");
        assert!(name.starts_with("fatwood-"), "{name}");
        assert!(expected.is_empty() || name == expected, "{path}: {name}");
        assert!(names.insert(name), "{path}");
    }
}

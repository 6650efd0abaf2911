//! The example, whole, against a repository of the shape that the real one has.

use std::path::PathBuf;

use crate::support::{Environment, Fatwood, Maven, Server, Volume};

/// Two jars in the order in which the `DependencySet` names them.
const CLASS_PATH: &str =
    "/dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar";

/// What Hadoop 3.2.0 publishes, in the traits that matter to a resolver: two parents, versions from
/// managed dependencies and properties, provided and test scopes, and an element named with a `:`
/// that is no namespace.
fn hadoop() -> Server {
    let managed = "<properties><aws-java-sdk.version>1.11.375</aws-java-sdk.version>\
        <hadoop.version>3.2.0</hadoop.version></properties>\
        <dependencyManagement><dependencies>\
        <dependency><groupId>com.amazonaws</groupId><artifactId>aws-java-sdk-bundle</artifactId>\
        <version>${aws-java-sdk.version}</version></dependency>\
        <dependency><groupId>org.apache.hadoop</groupId><artifactId>hadoop-common</artifactId>\
        <version>${hadoop.version}</version></dependency>\
        <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.11</version></dependency>\
        </dependencies></dependencyManagement>\
        <build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId><configuration>\
        <compilerArguments><Xlint:-unchecked/></compilerArguments></configuration></plugin></plugins></build>";
    let parent = |artifact: &str| {
        format!(
            "<parent><groupId>org.apache.hadoop</groupId><artifactId>{artifact}</artifactId>\
             <version>3.2.0</version><relativePath>../..</relativePath></parent>"
        )
    };
    let dependency = |group: &str, artifact: &str, scope: &str| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <scope>{scope}</scope></dependency>"
        )
    };
    let hadoop_aws = [
        parent("hadoop-project"),
        "<dependencies>".to_owned(),
        dependency("org.apache.hadoop", "hadoop-common", "provided"),
        dependency("com.amazonaws", "aws-java-sdk-bundle", "compile"),
        dependency("junit", "junit", "test"),
        "</dependencies>".to_owned(),
    ];
    Maven::new()
        .parent("org.apache.hadoop:hadoop-main:3.2.0", "<name>Apache Hadoop Main</name>")
        .parent("org.apache.hadoop:hadoop-project:3.2.0", &format!("{}{managed}", parent("hadoop-main")))
        .described("org.apache.hadoop:hadoop-aws:3.2.0", &hadoop_aws.concat(), 480_000)
        .jar_of("com.amazonaws:aws-java-sdk-bundle:1.11.375", &[], 1_000_000)
        .serve()
}

fn example() -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/ny-tlc-report");
    root.canonicalize().expect("the example is there").to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn provision_populates_the_volume_and_prints_the_wired_application() {
    let central = hadoop();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let provision = format!("provision {} --volume volume", example());
    let wired = fatwood.run(&provision).exits(0).stdout;

    for line in [
        format!("spark.driver.extraClassPath: {CLASS_PATH}"),
        format!("spark.executor.extraClassPath: {CLASS_PATH}"),
        "claimName: pvc-ksv".to_owned(),
        "name: example-sparkapp-pvc".to_owned(),
    ] {
        let unquoted = wired.replace(['"', '\''], "");
        assert!(unquoted.contains(&line), "no `{line}` in\n{wired}");
    }
    assert_eq!(wired.matches("mountPath: /dependencies").count(), 2, "driver and executor:\n{wired}");

    let volume = Volume::at(fatwood.path("volume"));
    for jar in
        ["hadoop-aws/3.2.0/hadoop-aws-3.2.0", "aws-java-sdk-bundle/1.11.375/aws-java-sdk-bundle-1.11.375"]
    {
        let group = if jar.starts_with("hadoop") { "org/apache/hadoop" } else { "com/amazonaws" };
        let name = jar.rsplit('/').next().expect("a name");
        let published = central.published(&format!("/{group}/{jar}.jar"));
        assert!(volume.read(&format!("jars/{name}.jar")) == published, "{name}: other bytes");
    }
    fatwood.run("verify --volume volume").exits(0);
}

#[test]
fn provisioning_twice_prints_the_same_and_fetches_no_artifact_again() {
    let central = hadoop();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let provision = format!("provision {} --volume volume", example());
    let first = fatwood.run(&provision).exits(0).stdout;
    central.forget();
    let second = fatwood.run(&provision).exits(0).stdout;
    assert_eq!(first, second);
    assert_eq!(central.count(".jar"), 0, "{:#?}", central.exchanges());
}

#[test]
fn the_closure_is_what_the_named_jar_needs_at_run_time() {
    let central = hadoop();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let manifest = fatwood.resolved(&format!("{}/closure", example()));
    let artifacts = manifest["artifacts"].as_array().unwrap().iter();
    let files: Vec<_> = artifacts.map(|artifact| artifact["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["hadoop-aws-3.2.0.jar", "aws-java-sdk-bundle-1.11.375.jar"]);
}

#[test]
fn a_wired_application_is_wired_again_to_the_same_text() {
    let central = hadoop();
    let fatwood = Fatwood::new(Environment::new().central(&central));
    let wired = fatwood.run(&format!("provision {} --volume volume", example())).exits(0).stdout;
    fatwood.write("wired.yaml", &wired);
    let set = Volume::at(fatwood.path("volume")).set();
    let manifest = set.join("manifest.json");
    let wire = "wire wired.yaml --claim pvc-ksv --mount-path /dependencies --manifest";
    let again = fatwood.run(&format!("{wire} {}", manifest.display())).exits(0).stdout;
    assert_eq!(again, wired);
}

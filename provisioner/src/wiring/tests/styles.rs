//! Documents as people write them: every style of YAML, and what must survive.

use super::*;

const HEAD: &str = "apiVersion: spark.stackable.tech/v1alpha1\nkind: SparkApplication\n";

/// The lines of `before` that are not in `after`, in their order.
fn lost_lines<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    let mut rest = after.split_inclusive('\n');
    let end = |line: &str| line.trim_end_matches(['\r', '\n']).to_owned();
    before
        .split_inclusive('\n')
        .filter(|line| {
            let (kept, here) = (rest.clone(), rest.any(|other| end(other) == end(line)));
            if !here {
                rest = kept;
            }
            !here
        })
        .collect()
}

/// Wires, checks what holds of every wiring, and gives the result.
fn wired(yaml: &str, plan: &Plan) -> String {
    let once = wire(yaml, plan).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(wire(&once, plan).unwrap(), once, "twice is not once:\n{yaml}");
    let is_crlf = |text: &str| text.contains("\r\n") && !text.replace("\r\n", "").contains('\n');
    assert!(!is_crlf(yaml) || is_crlf(&once), "mixed line ends:\n{once}");
    for document in document::read(&once).unwrap() {
        if document["kind"] == "SparkApplication" {
            check_meaning(&document, plan);
        }
    }
    once
}

/// What the pods of a wired application get, whatever the style.
fn check_meaning(application: &serde_json::Value, plan: &Plan) {
    let spec = &application["spec"];
    let one = |list: &serde_json::Value, key: &str, value: &str| {
        let items = list.as_array().unwrap().iter().filter(|item| item[key] == value);
        let items: Vec<_> = items.cloned().collect();
        assert_eq!(items.len(), 1, "{value} in {list}");
        items[0].clone()
    };
    let volume = one(&spec["volumes"], "name", &plan.volume());
    assert_eq!(volume["persistentVolumeClaim"]["claimName"], plan.claim.to_string());
    for role in ["driver", "executor"] {
        let role_spec = if spec["sparkImage"].is_object() { &spec[role]["config"] } else { &spec[role] };
        let mount = one(&role_spec["volumeMounts"], "mountPath", plan.mount.as_str());
        assert_eq!(mount["subPath"], plan.sub_path());
        assert_eq!(mount["readOnly"], true);
        let class_path = spec["sparkConf"][format!("spark.{role}.extraClassPath")].as_str().unwrap();
        assert!(class_path.starts_with(&plan.jars.join(":")), "{class_path}");
    }
}

/// Wires an application with the given `spec`; `lost` names the lines that are no longer there.
fn check(spec: &str, lost: &[&str]) -> String {
    let yaml = format!("{HEAD}{spec}");
    let result = wired(&yaml, &plan(&blog()));
    assert_eq!(lost_lines(&yaml, &result), lost, "{result}");
    result
}

#[test]
fn every_style_keeps_its_lines() {
    let rows: &[(&str, &[&str])] = &[
        // Comments everywhere, a tab before and in one, odd quoting, no final newline.
        (
            "# before\nspec: # spec\n  version: \"1.0\" \t# a\ttab\n  'driver': # driver\n    # inside\n    \"cores\": 1 # one\n\n  # between\n  executor:\n    instances: 0x3\n    # last",
            &[],
        ),
        // Keys of the class path in both quotes, and lists that are not indented.
        (
            "spec:\n  version: '1.0'\n  volumes:\n  - name: a # a\n    emptyDir: {}\n  # after a\n\n  sparkConf:\n    'a.b': \"c\"\n  driver:\n    volumeMounts:\n    - {name: a, mountPath: /a}\n    cores: 1\n",
            &[],
        ),
        // Deep and uneven indentation.
        (
            "spec:\n      version: '1.0'\n      driver:\n          volumeMounts:\n                - name: a\n                  mountPath: /a\n      executor:\n       instances: 1\n",
            &[],
        ),
        // Block scalars, with what looks like comments and keys in them.
        (
            "spec:\n  version: '1.0'\n  args:\n    - |\n      # no comment\n      spec:\n        volumes: []\n\n    - >-\n      folded\n      text\n  sparkConf:\n    a: |+\n      kept\n\n  # tail\n",
            &[],
        ),
        // Anchors and aliases that have nothing to do with us.
        ("x: &x {a: 1}\nspec:\n  version: &v \"1.0\"\n  other: *x\n  again: *v\n", &[]),
        // Empty, null and absent, each in its spellings; what stood for nothing gives way.
        ("spec:\n  version: '1'\n  volumes: # none\n  sparkConf: # none\n  driver:\n  executor:\n", &[]),
        (
            "spec:\n  version: '1'\n  volumes: []\n  sparkConf: {}\n  driver: {}\n",
            &["  volumes: []\n", "  sparkConf: {}\n", "  driver: {}\n"],
        ),
        (
            "spec:\n  version: '1'\n  volumes: ~ # c\n  sparkConf: null\n  driver: Null\n",
            &["  volumes: ~ # c\n", "  sparkConf: null\n", "  driver: Null\n"],
        ),
        // Flow style on one line and on several.
        ("spec: {version: '1', driver: {cores: 1}}\n", &["spec: {version: '1', driver: {cores: 1}}\n"]),
        (
            "spec:\n  version: '1'\n  driver: {\n    cores: 1, # one\n    memory: 1g\n  }\n  volumes: [\n    {name: a}, # a\n    {name: b}\n  ]\n",
            &["    memory: 1g\n", "    {name: b}\n"],
        ),
        // Explicit keys.
        ("spec:\n  ? version\n  : '1'\n  ? driver\n  : cores: 1\n", &[]),
        // Characters of several bytes, and other line ends.
        ("spec:\n  version: '1' # größe 💧\n  \"schlüssel\": 'wörter'\n  driver:\n    cores: 1 # 一\n", &[]),
        (
            "spec:\r\n  version: '1' # c\r\n  driver:\r\n    cores: 1\r\n\r\n  executor:\r\n    instances: 2\r\n",
            &[],
        ),
    ];
    for (spec, lost) in rows {
        check(spec, lost);
        check(&format!("{spec}\n"), lost);
    }
}

#[test]
fn a_file_keeps_its_byte_order_mark_and_its_line_ends() {
    let yaml = format!("\u{feff}{HEAD}spec:\n  version: '1' # c\n  driver:\n    cores: 1\n");
    for yaml in [yaml.replace('\n', "\r\n"), yaml] {
        let result = wired(&yaml, &plan(&blog()));
        assert!(result.starts_with('\u{feff}') && lost_lines(&yaml, &result).is_empty(), "{result}");
    }
}

#[test]
fn the_user_s_class_path_stays_behind_ours() {
    let jars = plan(&blog()).jars.join(":");
    let rows = [
        ("/my/a.jar", format!("{jars}:/my/a.jar")),
        ("\"/my/a.jar:/my/*\"", format!("\"{jars}:/my/a.jar:/my/*\"")),
        ("'/my/it''s.jar'", format!("'{jars}:/my/it''s.jar'")),
        ("''", format!("'{jars}'")),
        ("/dependencies/jars/old.jar:/my/a.jar:/dependencies/jars/older.jar", format!("{jars}:/my/a.jar")),
        ("/dependencies/jars/*", format!("{jars}:/dependencies/jars/*")),
        ("&cp /my/a.jar # c", format!("&cp {jars}:/my/a.jar # c")),
        (">- # c\n      /my/a.jar:/my/b.jar", format!("{jars}:/my/a.jar:/my/b.jar # c")),
    ];
    for (value, expected) in rows {
        let yaml = format!(
            "{HEAD}spec:\n  version: '1'\n  sparkConf:\n    spark.driver.extraClassPath: {value}\n    z: 1\n"
        );
        let result = wired(&yaml, &plan(&blog()));
        let line = result.lines().find(|line| line.contains("driver.extraClassPath"));
        assert_eq!(line, Some(format!("    spark.driver.extraClassPath: {expected}").as_str()), "{result}");
        assert!(result.contains("\n    z: 1\n"), "{result}");
    }
}

#[test]
fn what_is_shared_by_an_anchor_is_changed_for_the_pods_alone() {
    let spec = "spec:
  version: '1'
  shared: &mounts # for all
  - name: a
    mountPath: /a
  job:
    volumeMounts: *mounts
  driver:
    volumeMounts: *mounts # driver
  executor:
    volumeMounts: *mounts
";
    assert_snapshot!(check(spec, &["    volumeMounts: *mounts # driver\n", "    volumeMounts: *mounts\n"]), @r"
    apiVersion: spark.stackable.tech/v1alpha1
    kind: SparkApplication
    spec:
      version: '1'
      shared: &mounts # for all
      - name: a
        mountPath: /a
      job:
        volumeMounts: *mounts
      driver:
        volumeMounts: # driver
          - name: a
            mountPath: /a
          - name: fatwood-dependencies
            mountPath: /dependencies
            subPath: sets/c50984e24fd74f012c12db7643c0b09aa896960fd86bc7a4c66e49f9dcb76b4a
            readOnly: true
      executor:
        volumeMounts:
          - name: a
            mountPath: /a
          - name: fatwood-dependencies
            mountPath: /dependencies
            subPath: sets/c50984e24fd74f012c12db7643c0b09aa896960fd86bc7a4c66e49f9dcb76b4a
            readOnly: true
      volumes:
        - name: fatwood-dependencies
          persistentVolumeClaim:
            claimName: pvc-ksv
            readOnly: true
      sparkConf:
        spark.driver.extraClassPath: /dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar
        spark.executor.extraClassPath: /dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar
    ");
}

#[test]
fn what_executors_take_from_the_driver_is_written_out() {
    let spec = "spec:
  sparkImage: {productVersion: 3.5.8}
  driver: &role # both
    config:
      volumeMounts:
        - {name: a, mountPath: /a}
  executor:
    <<: *role
    replicas: 3
  sparkConf:
    spark.driver.extraClassPath: &path /my.jar
    spark.executor.extraClassPath: *path
";
    let lost =
        ["    spark.driver.extraClassPath: &path /my.jar\n", "    spark.executor.extraClassPath: *path\n"];
    assert_snapshot!(check(spec, &lost), @r"
    apiVersion: spark.stackable.tech/v1alpha1
    kind: SparkApplication
    spec:
      sparkImage: {productVersion: 3.5.8}
      driver: &role # both
        config:
          volumeMounts:
            - {name: a, mountPath: /a}
            - name: fatwood-dependencies
              mountPath: /dependencies
              subPath: sets/c50984e24fd74f012c12db7643c0b09aa896960fd86bc7a4c66e49f9dcb76b4a
              readOnly: true
      executor:
        <<: *role
        replicas: 3
        config:
          volumeMounts:
            - name: a
              mountPath: /a
            - name: fatwood-dependencies
              mountPath: /dependencies
              subPath: sets/c50984e24fd74f012c12db7643c0b09aa896960fd86bc7a4c66e49f9dcb76b4a
              readOnly: true
      sparkConf:
        spark.driver.extraClassPath: &path /dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar:/my.jar:/stackable/spark/extra-jars/*
        spark.executor.extraClassPath: /dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar:/my.jar:/stackable/spark/extra-jars/*
      volumes:
        - name: fatwood-dependencies
          persistentVolumeClaim:
            claimName: pvc-ksv
            readOnly: true
    ");
}

#[test]
fn other_documents_stay_byte_for_byte() {
    let other = "# a claim\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name:   pvc-ksv}\ndata:\n  1: x\n  'y': [ a,b ]\n  n: .5\n";
    let application = format!("{HEAD}spec:\n  version: '1'\n");
    let file = format!(
        "%YAML 1.2\n---\n{other}...\n---\n# nothing\n---\n{application}---\n{other}---\n{application}"
    );
    let result = wired(&file, &plan(&blog()));
    let documents: Vec<_> = result.split("---\n").collect();
    assert_eq!(documents[1], format!("{other}...\n"));
    assert_eq!(documents[2], "# nothing\n");
    assert_eq!(documents[4], other);
    assert_eq!(documents[3], wire(&application, &plan(&blog())).unwrap());
    assert_eq!(documents[5], documents[3]);
}

#[test]
fn another_set_takes_the_place_of_the_first() {
    let yaml = example("stackable/sparkapplication.yaml");
    let (first, second) = (mixed(), plan(&blog()));
    let after_both = wired(&wired(&yaml, &first), &second);
    assert_eq!(after_both, wired(&yaml, &second));
    // Which was there first makes no difference, but for the order of keys.
    let back = wired(&after_both, &first);
    assert_eq!(document::read(&back).unwrap(), document::read(&wired(&yaml, &first)).unwrap());
}

#[test]
fn a_set_without_jars_leaves_the_operator_s_class_path() {
    let yaml = example("stackable/sparkapplication.yaml");
    let none = plan(&manifest(Vec::new()));
    let result = wire(&yaml, &none).unwrap();
    assert!(!result.contains("extraClassPath") && !result.contains("PYTHONPATH"), "{result}");
    let undone = wire(&wire(&yaml, &mixed()).unwrap(), &none).unwrap();
    assert!(undone.contains("spark.driver.extraClassPath: /stackable/spark/extra-jars/*\n"), "{undone}");
    assert!(!undone.contains("PYTHONPATH"), "{undone}");
}

#[test]
fn python_path_carries_over_what_pods_have() {
    let head = format!("{HEAD}spec:\n  sparkImage: {{productVersion: 3.5.8}}\n");
    let rows = [
        ("", "/dependencies/python", "/dependencies/python"),
        ("  env: [{name: PYTHONPATH, value: /a}]\n", "/dependencies/python:/a", "/dependencies/python:/a"),
        (
            "  env: [{name: PYTHONPATH, value: /a}]\n  deps: {requirements: [six]}\n",
            "/dependencies/python:/stackable/spark/requirements",
            "/dependencies/python:/stackable/spark/requirements",
        ),
        (
            "  deps: {requirements: [six]}\n  driver: {envOverrides: {PYTHONPATH: '/b:/c'}}\n",
            "/dependencies/python:/b:/c",
            "/dependencies/python:/stackable/spark/requirements",
        ),
        (
            "  env: [{name: PYTHONPATH, value: /a}]\n  sparkConf: {spark.executorEnv.PYTHONPATH: '/d:/dependencies/python'}\n",
            "/dependencies/python:/a",
            "/dependencies/python:/d",
        ),
    ];
    for (fields, driver, executor) in rows {
        let result = wired(&format!("{head}{fields}"), &mixed());
        let conf = &document::read(&result).unwrap()[0]["spec"]["sparkConf"];
        assert_eq!(conf["spark.kubernetes.driverEnv.PYTHONPATH"], driver, "{fields}");
        assert_eq!(conf["spark.executorEnv.PYTHONPATH"], executor, "{fields}");
    }
}

/// A file in one of many styles.
fn styled() -> impl Strategy<Value = String> {
    let comment = prop_oneof![Just(""), Just(" # c"), Just("\t# t\tt"), Just(" #")];
    let gap = prop_oneof![Just(""), Just("\n"), Just("# alone\n"), Just("    # deep\n"), Just("\n\n# x\n\n")];
    let conf = prop_oneof![
        Just(""),
        Just("sparkConf:§\n>a.b: 'c'\n"),
        Just("sparkConf:§\n>\"spark.driver.extraClassPath\": \"/my.jar\"\n>z: 1\n"),
        Just("sparkConf:§\n>k: |\n>>text\n\n>>more\n"),
        Just("sparkConf:§\n>k: &k v\n>l: *k\n"),
    ];
    let volumes = prop_oneof![
        Just(""),
        Just("volumes:§\n- name: a§\n  emptyDir: {}\n"),
        Just("volumes:§\n>- name: a\n>-   name: b§\n>    emptyDir: {}\n"),
        Just("volumes:§\n- {name: a, emptyDir: {}}§\n"),
    ];
    let role = prop_oneof![
        Just(""),
        Just("ROLE:§\n>cores: 1§\n"),
        Just("ROLE:§\n>volumeMounts:§\n>- name: a\n>  mountPath: /a§\n>cores: 1\n"),
        Just("ROLE:\n>volumeMounts:\n>>- {name: a, mountPath: /a}§\n"),
    ];
    let indents = prop_oneof![Just(2usize), Just(4), Just(3)];
    let ends = (any::<bool>(), any::<bool>());
    let parts = (conf, volumes, role.clone(), role, any::<bool>());
    (parts, comment, gap, indents, ends).prop_map(
        |((conf, volumes, driver, executor, swap), comment, gap, indent, ends)| {
            let (driver, executor) = (driver.replace("ROLE", "driver"), executor.replace("ROLE", "executor"));
            let mut parts = ["version: '1'§\n", conf, volumes, &driver, &executor].map(ToOwned::to_owned);
            if swap {
                parts.reverse();
            }
            let mut yaml = format!("{HEAD}spec:{comment}\n");
            for part in &parts {
                for line in part.split_inclusive('\n') {
                    let depth = line.chars().take_while(|c| *c == '>').count();
                    let text = line[depth..].replace('§', comment);
                    let spaces = if text == "\n" { 0 } else { (depth + 1) * indent };
                    yaml.push_str(&" ".repeat(spaces));
                    yaml.push_str(&text);
                }
                if !part.contains("more") {
                    yaml.push_str(gap);
                }
            }
            let (crlf, final_newline) = ends;
            let yaml = if final_newline { yaml } else { yaml.trim_end().to_owned() };
            if crlf { yaml.replace('\n', "\r\n") } else { yaml }
        },
    )
}

proptest! {
    #[test]
    fn untouched_lines_survive_and_twice_is_once(yaml in styled()) {
        let result = wired(&yaml, &plan(&blog()));
        for line in lost_lines(&yaml, &result) {
            prop_assert!(line.contains("extraClassPath"), "{line:?} is lost from\n{yaml}\nin\n{result}");
        }
    }

    #[test]
    fn no_text_makes_it_panic(yaml in r"[-a: \n#&*{}\[\]|>'!?%~]{0,40}") {
        let _ = wire(&format!("{HEAD}spec:\n  version: 1\n  x: {yaml}"), &plan(&blog()));
        let _ = wire(&yaml, &plan(&blog()));
    }
}

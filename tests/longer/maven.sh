# A real Maven repository, as the machine's own Maven knows it; Maven is the oracle. Sourced by `run`.

prove_maven() {
    check "maven: the example, provisioned" example_is_provisioned
    check "maven: hadoop-aws 3.2.0 with its closure" closure_is_mavens org.apache.hadoop:hadoop-aws:3.2.0
    check "maven: hadoop-aws 3.3.4 with its closure" closure_is_mavens org.apache.hadoop:hadoop-aws:3.3.4
    check "maven: a version that does not exist" absent_version_is_named
}

# jars_by_maven DIRECTORY TRANSITIVE COORDINATE...: what Maven itself would put on a class path at run time.
jars_by_maven() {
    local directory=$1 transitive=$2 project=$1-project coordinate group artifact version
    shift 2
    mkdir -p "$directory" "$project"
    {
        echo '<project><modelVersion>4.0.0</modelVersion><groupId>fatwood.tests</groupId>'
        echo '<artifactId>oracle</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
        for coordinate in "$@"; do
            IFS=: read -r group artifact version <<<"$coordinate"
            echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId>"
            echo "<version>$version</version></dependency>"
        done
        echo '</dependencies></project>'
    } >"$project/pom.xml"
    (cd "$project" && timeout --foreground 600 mvn --batch-mode --quiet -Dmaven.repo.local="$cache/maven" \
        dependency:copy-dependencies -DincludeScope=runtime -DexcludeTransitive="$([[ $transitive == yes ]] && echo false || echo true)" \
        -DoutputDirectory="$directory")
}

# jars_are_mavens SET JARS: the same names and bytes, and the SHA-1 that the repository publishes.
jars_are_mavens() {
    local set=$1 jars=$2 jar published count=0
    same "jars" "$(cd "$jars" && ls)" "$(cd "$set/jars" && ls)"
    diff -r "$jars" "$set/jars"
    for jar in "$set"/jars/*.jar; do
        published=$(find "$cache/maven" -name "${jar##*/}.sha1" -exec head -c 40 {} \; -quit)
        same "SHA-1 of ${jar##*/}" "$published" "$(sha1sum <"$jar" | cut -c1-40)"
        count=$((count + 1))
    done
    ((count > 0))
}

example_is_provisioned() {
    local volume=$scratch/example class_path
    class_path=/dependencies/jars/hadoop-aws-3.2.0.jar:/dependencies/jars/aws-java-sdk-bundle-1.11.375.jar
    fatwood provision "$root/examples/ny-tlc-report" --volume "$volume" >"$scratch/wired.yaml"
    fatwood verify --volume "$volume"
    same "class paths" 2 "$(grep -cF "$class_path" "$scratch/wired.yaml")"
    jars_by_maven "$scratch/example-oracle" no org.apache.hadoop:hadoop-aws:3.2.0 com.amazonaws:aws-java-sdk-bundle:1.11.375
    jars_are_mavens "$(set_of "$volume")" "$scratch/example-oracle"
    fatwood provision "$root/examples/ny-tlc-report" --volume "$volume" >"$scratch/again.yaml"
    same "the wired application" "$(<"$scratch/wired.yaml")" "$(<"$scratch/again.yaml")"
}

closure_is_mavens() {
    local name=${1//[^a-z0-9]/-} volume
    volume=$scratch/$name
    fatwood resolve --packages "$1" -o "$volume.json"
    fatwood resolve --packages "$1" -o "$volume-again.json"
    cmp "$volume.json" "$volume-again.json"
    fatwood populate "$volume.json" --volume "$volume"
    fatwood verify --volume "$volume" "$volume.json"
    jars_by_maven "$volume-oracle" yes "$1"
    jars_are_mavens "$(set_of "$volume")" "$volume-oracle"
}

absent_version_is_named() {
    exits 65 fatwood resolve --packages org.apache.hadoop:hadoop-aws:0.0.0 2>"$scratch/absent.err"
    contains "$scratch/absent.err" org.apache.hadoop:hadoop-aws:0.0.0
    contains "$scratch/absent.err" central
}

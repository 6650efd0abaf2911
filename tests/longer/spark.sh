# A real Spark with what fatwood put on a volume, and nothing else, on its class path. Sourced by `run`.
#
# `local-cluster` starts the executor as a JVM of its own, so that the executor's class path and
# PYTHONPATH are proved apart from the driver's.

prove_spark() {
    start_store
    check "spark: the set for Spark 3.5 is populated" spark_set_is_populated
    check "spark: s3a without the volume fails" s3a_fails_without
    check "spark: s3a with the volume reads" s3a_reads_with
    check "spark: s3a with the volume on the driver alone fails" s3a_fails_with_driver_alone
    check "spark: a populated wheel on driver and executor" wheel_is_imported
}

spark_set_is_populated() {
    local name=$scratch/spark set
    cat >"$name.yaml" <<YAML
apiVersion: fatwood.dev/v1alpha1
kind: DependencySet
metadata:
  name: spark
spec:
  target:
    spark: "3.5.9"
    python: "$python"
  packages:
    - org.apache.hadoop:hadoop-aws:3.3.4
  requirements:
    - pandas==2.2.3
YAML
    fatwood resolve "$name.yaml" -o "$name.json"
    fatwood populate "$name.json" --volume "$name"
    # What a pod would see at its mount path, this machine sees at the set's own directory.
    set=$(set_of "$name")
    fatwood wire --plain --manifest "$name.json" --claim pvc-ksv --mount-path "$set" >"$name.conf"
    contains "$name.conf" "spark.driver.extraClassPath=$set/jars/hadoop-aws-3.3.4.jar"
}

# submit CONF SCRIPT ARGUMENT...: runs a job with a clean environment and this file of properties.
submit() {
    local conf=$1 java
    shift
    java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
    # Spark ignores what begins with `spark.kubernetes.` here; the driver's PYTHONPATH is taken from it.
    env -i PATH=/usr/bin:/bin HOME="$scratch" JAVA_HOME="$java" PYSPARK_PYTHON="$tools/bin/python" \
        SPARK_LOCAL_DIRS="$scratch/spark-local" SPARK_WORKER_DIR="$scratch/spark-work" SPARK_LOCAL_IP=127.0.0.1 \
        PYTHONPATH="$(sed -n 's/^spark.kubernetes.driverEnv.PYTHONPATH=//p' "$conf")" \
        AWS_ACCESS_KEY_ID=$access_key AWS_SECRET_ACCESS_KEY=$secret_key \
        timeout --foreground 240 "$tools/bin/spark-submit" --master 'local-cluster[1,1,800]' --properties-file "$conf" \
        --conf spark.executor.memory=600m --conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1 \
        --conf spark.hadoop.fs.s3a.endpoint="$endpoint" --conf spark.hadoop.fs.s3a.path.style.access=true \
        --conf spark.hadoop.fs.s3a.connection.ssl.enabled=false "$@"
}

s3a_fails_without() {
    echo 'spark.app.name=without' >"$scratch/without.conf"
    exits 1 submit "$scratch/without.conf" "$here/read_csv.py" s3a://private/in/trips.csv >"$scratch/without" 2>&1
    contains "$scratch/without" 'ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found'
}

s3a_reads_with() {
    submit "$scratch/spark.conf" "$here/read_csv.py" s3a://private/in/trips.csv >"$scratch/with" 2>"$scratch/with.err" ||
        { tail -n 40 "$scratch/with.err" >&2; return 1; }
    same "what the job read" "rows=3 amount=6" "$(<"$scratch/with")"
}

s3a_fails_with_driver_alone() {
    grep -v '^spark.executor.extraClassPath=' "$scratch/spark.conf" >"$scratch/driver.conf"
    exits 1 submit "$scratch/driver.conf" "$here/read_csv.py" s3a://private/in/trips.csv >"$scratch/driver" 2>&1
    contains "$scratch/driver" 'org.apache.hadoop.fs.s3a.S3AFileSystem not found'
}

wheel_is_imported() {
    local tree
    tree=$(realpath "$(set_of "$scratch/spark")/python")
    if "$tools/bin/python" -c 'import pandas' 2>/dev/null; then
        echo "pandas is there without the volume, so that nothing would be proved" >&2
        return 1
    fi
    submit "$scratch/spark.conf" "$here/use_wheel.py" >"$scratch/wheel" 2>"$scratch/wheel.err" ||
        { tail -n 40 "$scratch/wheel.err" >&2; return 1; }
    same "where pandas came from" "$(printf 'driver=%s\nexecutor=%s' "$tree" "$tree")" "$(<"$scratch/wheel")"
}

# A second S3 server: SeaweedFS, with one private bucket and one that anybody may read. Sourced by `run`.

store_pid=
access_key=fatwood-longer
secret_key=fatwood-longer-secret-canary

start_store() {
    [[ -z $store_pid ]] || return 0
    local master master_grpc volume volume_grpc filer filer_grpc port port_grpc
    read -r master master_grpc volume volume_grpc filer filer_grpc port port_grpc < <(free_ports 8)
    endpoint=http://127.0.0.1:$port
    mkdir -p "$scratch/store"
    cat >"$scratch/store.json" <<JSON
{"identities": [
  {"name": "owner", "credentials": [{"accessKey": "$access_key", "secretKey": "$secret_key"}],
   "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
  {"name": "anonymous", "actions": ["Read:public", "List:public"]}
]}
JSON
    "$tools/bin/weed" server -dir "$scratch/store" -ip 127.0.0.1 -ip.bind 127.0.0.1 \
        -master.port "$master" -master.port.grpc "$master_grpc" -master.telemetry=false -master.volumeSizeLimitMB 64 \
        -volume.port "$volume" -volume.port.grpc "$volume_grpc" -volume.max 20 \
        -filer -filer.port "$filer" -filer.port.grpc "$filer_grpc" \
        -s3 -s3.port "$port" -s3.port.grpc "$port_grpc" -s3.port.iceberg 0 -s3.port.lance 0 \
        -s3.config "$scratch/store.json" >"$scratch/store.log" 2>&1 &
    store_pid=$!
    curl --silent --output /dev/null --retry 60 --retry-delay 1 --retry-connrefused "$endpoint/"
    put private
    put public
    printf 'name,amount\na,1\nb,2\nc,3\n' >"$scratch/trips.csv"
    printf 'name,amount\nd,4\n' >"$scratch/more.csv"
    printf 'about\n' >"$scratch/about.txt"
    put private/in/trips.csv "$scratch/trips.csv"
    put private/in/more.csv "$scratch/more.csv"
    put private/in/about.txt "$scratch/about.txt"
    put public/in/trips.csv "$scratch/trips.csv"
    say "SeaweedFS at $endpoint"
}

stop_store() {
    [[ -n $store_pid ]] || return 0
    # Its data is thrown away, so that it need not take 10 s to end in order.
    kill -KILL "$store_pid" 2>/dev/null || true
    wait "$store_pid" 2>/dev/null || true
    store_pid=
}

# put PATH [FILE]: makes a bucket or an object. The first object waits for the server's volumes.
put() {
    local body=(--request PUT)
    (($# == 1)) || body=(--upload-file "$2")
    curl --silent --show-error --fail-with-body --max-time 30 --retry 5 --retry-all-errors \
        --aws-sigv4 aws:amz:us-east-1:s3 --user "$access_key:$secret_key" "${body[@]}" "$endpoint/$1"
}

# Runs a command, which may be a function, with the store in its environment.
at_store() (
    export AWS_ENDPOINT_URL_S3=$endpoint AWS_REGION=us-east-1
    "$@"
)
signed() (
    export AWS_ACCESS_KEY_ID=$access_key AWS_SECRET_ACCESS_KEY=$secret_key
    at_store "$@"
)
signed_wrongly() (
    export AWS_ACCESS_KEY_ID=$access_key AWS_SECRET_ACCESS_KEY=wrong
    at_store "$@"
)
anonymous() (
    export AWS_SKIP_SIGNATURE=true
    at_store "$@"
)

prove_store() {
    start_store
    check "store: an object, signed" objects_are signed s3://private/in/trips.csv trips.csv
    check "store: a prefix, signed" objects_are signed s3://private/in/ about.txt more.csv trips.csv
    check "store: a glob, signed" objects_are signed 's3a://private/in/*.csv' more.csv trips.csv
    check "store: an object, anonymous" objects_are anonymous s3://public/in/trips.csv trips.csv
    check "store: a private object, anonymous" refused_without_key
    check "store: a wrong secret" refused_with_wrong_secret
    check "store: no secret in manifest or talk" no_secret_is_said
}

# objects_are AS URL FILE...: resolves and populates the URL, and compares with what was uploaded.
objects_are() {
    local as=$1 url=$2 name=$scratch/objects file set
    shift 2
    rm -rf "$name"
    "$as" fatwood resolve --file "$url" -o "$name.json"
    # Populating has to ask the store too.
    rm -rf "$scratch/cache"
    "$as" fatwood populate "$name.json" --volume "$name"
    set=$(set_of "$name")
    same "files" "$(printf '%s\n' "$@")" "$(find "$set/files" -type f -printf '%f\n' | LC_ALL=C sort)"
    for file in "$@"; do
        cmp "$scratch/$file" "$(find "$set/files" -name "$file")"
    done
}

refused_without_key() {
    exits 77 anonymous fatwood resolve --file s3://private/in/trips.csv 2>"$scratch/refused.err"
    contains "$scratch/refused.err" s3://private/in/trips.csv
}

refused_with_wrong_secret() {
    exits 77 signed_wrongly fatwood resolve --file s3://private/in/trips.csv
}

no_secret_is_said() {
    signed fatwood resolve --file s3://private/in/ >"$scratch/said" 2>&1
    contains "$scratch/said" sha256
    if grep -F "$secret_key" "$scratch/said"; then return 1; fi
}

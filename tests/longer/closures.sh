# Closures of what Spark's users name, compared with coursier's and Maven's. Sourced by `run`.
#
# closures.rs resolves and compares; here the others are asked. Where they differ by design stands in closures/*.tsv.

prove_closures() {
    prepare_coursier
    local java
    java=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
    mkdir -p "$scratch/closures"
    # Profiles depend on the Java that the oracles run on.
    sed -e '/^#/d' -e "s/$/\t$java/" "$here/closures/sets.tsv" >"$scratch/closures/sets.tsv"
    check "closures: as coursier has them" closures_are_coursiers
    tell_count
    check "closures: as Maven has them, with its own rules" closures_are_mavens
    tell_count
}

# What the last comparison counted.
tell_count() {
    [[ ! -e $scratch/counted ]] || sed 's/^/        /' "$scratch/counted"
    rm -f "$scratch/counted"
}

# closures_agree DIRECTORY MODE DIFFERENCES [VARIABLE...]: compares the sets and answers in a directory.
closures_agree() {
    local directory=$1 mode=$2 differences=$3
    shift 3
    (cd "$root" && env FATWOOD_CLOSURES="$directory" FATWOOD_CLOSURES_MODE="$mode" FATWOOD_DIFFERENCES="$differences" \
        FATWOOD_CACHE="$cache/fatwood" RUST_BACKTRACE=0 "$@" timeout --foreground 600 \
        cargo test --quiet --locked --package fatwood --test longer-closures -- --ignored --nocapture) | tee "$scratch/closures.log"
    grep ' sets, ' "$scratch/closures.log" >>"$scratch/counted"
}

closures_are_coursiers() {
    local directory=$scratch/coursier name coordinates
    mkdir -p "$directory/answers"
    cp "$scratch/closures/sets.tsv" "$directory"
    while IFS=$'\t' read -r name coordinates _; do
        (($(jobs -rp | wc -l) < $(nproc))) || wait -n
        # Each coordinate is a word.
        # shellcheck disable=SC2086
        answer_of_coursier "$directory/answers/$name" $coordinates &
    done <"$directory/sets.tsv"
    wait
    closures_agree "$directory" spark "$here/closures/coursier.tsv"
}

# answer_of_coursier FILE COORDINATE...: no file where it fails, or does not end.
answer_of_coursier() {
    local file=$1
    shift
    if timeout --foreground --kill-after=5 120 "${coursier[@]}" resolve --candidate-urls "$@" >"$file.urls" 2>"$file.err"; then
        python3 "$here/closures.py" of_urls "$central" <"$file.urls" >"$file"
    else
        echo "coursier has no answer for $*"
        grep -v '^Download' "$file.err" | head -n 20
    fi
}

# One Maven for all: a project with a module for each set.
closures_are_mavens() {
    local directory=$scratch/maven tree name
    mkdir -p "$directory/answers"
    cp "$scratch/closures/sets.tsv" "$directory"
    python3 "$here/closures.py" reactor "$directory/sets.tsv" "$directory/project"
    # Maven follows the repositories that POMs name; here everything is asked of the one.
    cat >"$directory/settings.xml" <<XML
<settings><mirrors><mirror><id>all</id><mirrorOf>*</mirrorOf><url>$central</url></mirror></mirrors></settings>
XML
    (cd "$directory/project" && maven --global-settings "$directory/settings.xml" --threads 1C --fail-at-end \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:tree -DoutputFile=tree.txt) || true
    for tree in "$directory"/project/*/tree.txt; do
        name=${tree%/tree.txt}
        python3 "$here/closures.py" of_tree <"$tree" >"$directory/answers/${name##*/}"
    done
    closures_agree "$directory" maven "$here/closures/maven.tsv"
}

# coursier's own cases, with the metadata that were frozen with them. Sourced by `run`.
#
# They are not ours to publish, so that a directory of them is named by FATWOOD_COURSIER_CASES:
#
#   index.tsv           a case a line: name, engine, roots, options
#   expected/NAME.txt   its releases
#   artifacts/NAME.txt  its files
#   central.tar.xz      the repository, below `central/`

prove_cases() {
    if [[ -z ${FATWOOD_COURSIER_CASES:-} ]]; then
        say "SKIPPED cases: FATWOOD_COURSIER_CASES does not name a directory of them"
        return
    fi
    check "cases: closures are those of coursier's cases" cases_agree
    tell_count
}

cases_agree() {
    local directory=$scratch/cases
    mkdir -p "$directory"
    need xz xz-utils
    tar --extract --xz --file "$FATWOOD_COURSIER_CASES/central.tar.xz" --directory "$directory"
    python3 "$here/closures.py" of_cases "$FATWOOD_COURSIER_CASES" "$directory" | tee "$scratch/counted"
    coproc python3 "$here/closures.py" serve "$directory/central"
    trap 'kill "$COPROC_PID"' EXIT
    read -r -u "${COPROC[0]}" repository
    closures_agree "$directory" spark "$here/closures/cases.tsv" \
        FATWOOD_REPOSITORY_CENTRAL="$repository" FATWOOD_ALLOW_HTTP=central FATWOOD_CACHE="$directory/cache"
}

# The binary as it is shipped: static, and at home in an image with nothing else in it. Sourced by `run`.

prove_binary() {
    check "binary: statically linked" binary_is_static
    if namespace --net true 2>/dev/null; then
        check "binary: resolves names in an empty root" empty_root_suffices
    else
        say "SKIPPED binary: no network namespace is to be had here; run as root"
    fi
}

binary_is_static() {
    # A static PIE has no interpreter and needs no library; `ldd` says so in either of two ways.
    local said
    said=$(ldd "$FATWOOD_BIN" 2>&1 || true)
    [[ $said == *"statically linked"* || $said == *"not a dynamic executable"* ]] || { echo "$said"; return 1; }
}

# With no shell, no library, no nsswitch.conf, no CA certificates: a hosts file, and a name server that
# resolv.conf names.
empty_root_suffices() {
    namespace --net python3 "$here/empty_root.py" "$FATWOOD_BIN" "$scratch/empty-root"
}

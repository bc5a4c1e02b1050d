#!/usr/bin/env bash
# Installs what Bramble is built and tested with, where it is missing: one line for each thing,
# no questions, nothing to do the second time.
#
# Ways that are tried, in order: rustup; the system's package manager (as root, or with a sudo
# that asks nothing); on Debian also newer suites of the mirror that it uses already, through
# lists of our own, so that the system's package sources stay as they are. What cannot be
# installed is named at the end, with what to do.

set -euo pipefail
cd "$(dirname "$0")/.."

readonly QEMU_MAJOR_MIN=9
readonly CARGO_FUZZ=0.13.2
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/bramble"
readonly DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg
# Suites that may have a package of the compiler's source in the pinned version.
readonly DEBIAN_SUITES=(trixie-backports trixie forky forky-backports sid
    bookworm-backports bookworm-security trixie-security)

version=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
missing=0

main() {
    export DEBIAN_FRONTEND=noninteractive
    mkdir -p "$CACHE"
    : >"$CACHE/setup.log"

    thing "host compiler" has_host_compiler install_host_compiler \
        "install a C compiler and linker (package gcc or build-essential)"
    thing "Rust $version" has_rust install_rust \
        "install rustup, https://rustup.rs, then run this again"
    thing "rustfmt and clippy" has_components install_components \
        "rustup component add rustfmt clippy"
    thing "Rust's source" has_rust_source install_rust_source \
        "rustup component add rust-src; or put the source of Rust $version, with its folder \
library, at $(sysroot)/lib/rustlib/src/rust"
    thing "QEMU" has_qemu install_qemu \
        "install qemu-system-aarch64 $QEMU_MAJOR_MIN.0 or newer (Debian: qemu-system-arm from backports)"
    thing "C for WebAssembly" has_wasi_c install_wasi_c \
        "install clang, lld, wasi-libc and clang's wasm32 run-time routines, or set WASI_SDK_PATH to \
a wasi-sdk (https://github.com/WebAssembly/wasi-sdk)"
    thing "Rust for WebAssembly" has_rust_wasi install_rust_wasi \
        "rustup target add wasm32-wasip1 wasm32-unknown-unknown; or install wasi-libc"
    # One test wants it, which is passed over without it: only rustup has it.
    has_rust_threads || install_rust_threads >>"$CACHE/setup.log" 2>&1 ||
        say "Rust with threads for WebAssembly: not there; to have it: rustup target add wasm32-wasip1-threads"

    thing "host C++ compiler" has_host_cpp install_host_cpp \
        "install a C++ compiler (package g++), which libFuzzer is built with"
    thing "cargo-fuzz" has_cargo_fuzz install_cargo_fuzz \
        "cargo install cargo-fuzz --version $CARGO_FUZZ --locked"

    thing "card tools" has_card_tools install_card_tools \
        "install dosfstools, mtools and xz, with which cards are checked"

    if ((missing)); then
        say "$missing missing, see above; what was tried is in $CACHE/setup.log"
        exit 1
    fi
}

# thing NAME FOUND INSTALL ADVICE: the line for one thing. FOUND prints what was found.
thing() {
    local found how="found"
    if ! found=$("$2"); then
        say "$1: installing"
        how="installed"
        if ! "$3" >>"$CACHE/setup.log" 2>&1 || ! found=$("$2"); then
            say "$1: MISSING. To do: $4"
            missing=$((missing + 1))
            return
        fi
    fi
    say "$1: $how, $found"
}

say() {
    printf 'setup: %s\n' "$*"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# --- Rust -----------------------------------------------------------------------------------

has_host_compiler() {
    command -v cc || command -v gcc || command -v clang
}

install_host_compiler() {
    if has apt-get; then
        apt_install "" gcc libc6-dev
    else
        install_packages "gcc" "gcc" ""
    fi
}

# The compiler that is chosen in this folder, which need not be the pinned one without rustup.
sysroot() {
    rustc --print sysroot 2>/dev/null
}

has_rust() {
    local text
    text=$(rustc --version 2>/dev/null) && [[ $text == "rustc $version "* ]] && echo "$text"
}

install_rust() {
    has rustup || return 1
    rustup toolchain install "$version" --profile minimal --no-self-update \
        --component rust-src,rustfmt,clippy \
        --target wasm32-wasip1,wasm32-unknown-unknown && return
    # Offline, the pinned version may be there under another name.
    local home="${RUSTUP_HOME:-$HOME/.rustup}/toolchains" folder
    for folder in "$home"/*; do
        if [[ $("$folder/bin/rustc" --version) == "rustc $version "* ]]; then
            ln -sfn "$folder" "$home/$version-$("$folder/bin/rustc" --print host-tuple)"
            return
        fi
    done
    return 1
}

has_components() {
    cargo_has fmt && cargo_has clippy && echo "rustfmt, clippy"
}

cargo_has() {
    local bin
    bin="$(sysroot)/bin"
    [[ -x $bin/cargo-$1 ]] || cargo "$1" --version >/dev/null 2>&1
}

install_components() {
    rustup component add rustfmt clippy
}

has_rust_source() {
    local folder
    folder="$(sysroot)/lib/rustlib/src/rust"
    [[ -f $folder/library/core/Cargo.toml ]] && readlink -f "$folder"
}

install_rust_source() {
    local link
    link="$(sysroot)/lib/rustlib/src/rust"
    # A link of ours to a cache that is gone.
    if [[ -L $link ]]; then rm "$link"; fi

    if has rustup && rustup component add rust-src; then return; fi
    has apt-get && has dpkg-deb || return 1
    local suite
    for suite in "${DEBIAN_SUITES[@]}"; do
        if download_rust_source "$suite"; then
            mkdir -p "$(dirname "$link")"
            ln -sfn "$CACHE/rust-src/usr/src/rustc-$version" "$link"
            return
        fi
    done
    return 1
}

# The package of exactly the pinned version from the Debian suite $1, unpacked into the cache.
download_rust_source() {
    debian_sources "$1" || return 1
    local package found
    for package in rust-src rust-web-src; do
        found=$(apt_cache madison "$package" | awk -v want="$version" \
            '$3 ~ "^" want "[^0-9.]" { found = $3 } END { print found }')
        [[ -n $found ]] || continue
        rm -rf "$CACHE/rust-src"
        mkdir -p "$CACHE/rust-src"
        (cd "$CACHE/rust-src" && apt_get download "$package=$found") || continue
        # The compiler's own source is five sixths of it.
        dpkg-deb --fsys-tarfile "$CACHE/rust-src/"*.deb |
            tar -x -C "$CACHE/rust-src" --wildcards "./usr/src/rustc-*/library" || continue
        rm "$CACHE/rust-src/"*.deb
        [[ -d $CACHE/rust-src/usr/src/rustc-$version ]] && return
    done
    return 1
}

has_rust_wasi() {
    local folder
    folder="$(sysroot)/lib/rustlib"
    if [[ -d $folder/wasm32-wasip1/lib && -d $folder/wasm32-unknown-unknown/lib ]]; then
        echo "rustup's standard library"
    elif [[ -d $folder/src/rust/library ]] && wasi_libc; then
        # `wasi_libc` has printed the folder that apps are then linked with.
        :
    else
        return 1
    fi
}

install_rust_wasi() {
    if has rustup && rustup target add wasm32-wasip1 wasm32-unknown-unknown; then return; fi
    install_wasi_c
}

has_rust_threads() {
    [[ -d $(sysroot)/lib/rustlib/wasm32-wasip1-threads/lib ]]
}

install_rust_threads() {
    has rustup && rustup target add wasm32-wasip1-threads
}

# --- Fuzzing --------------------------------------------------------------------------------

has_host_cpp() {
    command -v c++ || command -v g++ || command -v clang++
}

install_host_cpp() {
    if has apt-get; then
        apt_install "" g++
    else
        install_packages "gcc-c++" "gcc" ""
    fi
}

has_cargo_fuzz() {
    cargo fuzz --version 2>/dev/null
}

install_cargo_fuzz() {
    cargo install cargo-fuzz --version "$CARGO_FUZZ" --locked
}

# --- QEMU and C -----------------------------------------------------------------------------

has_qemu() {
    local line major
    line=$(qemu-system-aarch64 --version 2>/dev/null) || return 1
    line=${line%%$'\n'*}
    major=${line#*version }
    major=${major%%.*}
    [[ $major =~ ^[0-9]+$ ]] && ((major >= QEMU_MAJOR_MIN)) && echo "$line"
}

install_qemu() {
    if has apt-get; then
        apt_install qemu-system-arm qemu-system-arm
    else
        install_packages qemu-system-aarch64-core qemu-system-aarch64 qemu
    fi
}

# The folder of WASI's C library: the wasi-sdk's, or the system's.
wasi_libc() {
    local root triple
    for root in ${WASI_SDK_PATH:+"$WASI_SDK_PATH/share/wasi-sysroot"} \
        /usr /usr/share/wasi-sysroot /usr/wasm32-wasi \
        {/opt/homebrew,/usr/local}/opt/wasi-libc/share/wasi-sysroot; do
        for triple in wasm32-wasip1 wasm32-wasi; do
            if [[ -f $root/lib/$triple/libc.a ]]; then
                echo "$root/lib/$triple"
                return
            fi
        done
    done
    return 1
}

has_wasi_c() {
    local lib clang triple routines
    lib=$(wasi_libc) || return 1
    for clang in ${WASI_SDK_PATH:+"$WASI_SDK_PATH/bin/clang"} \
        clang clang-{22,21,20,19,18,17} {/opt/homebrew,/usr/local}/opt/llvm/bin/clang; do
        has "$clang" || continue
        for triple in wasm32-wasip1 wasm32-wasi; do
            routines=$("$clang" "--target=$triple" -print-libgcc-file-name 2>/dev/null) || continue
            if [[ -f $routines ]] && has "$("$clang" "--target=$triple" -print-prog-name=wasm-ld)"; then
                echo "$clang with $lib"
                return
            fi
        done
    done
    return 1
}

install_wasi_c() {
    if has apt-get; then
        debian_sources || return 1
        local number
        for number in 19 20 21 22 18 17; do
            if [[ $(apt_cache madison "libclang-rt-$number-dev-wasm32") ]]; then
                apt_install wasi-libc "clang-$number" "lld-$number" \
                    "libclang-rt-$number-dev-wasm32" wasi-libc
                return
            fi
        done
        return 1
    fi
    install_packages "clang lld wasi-libc-static compiler-rt" \
        "clang lld wasi-libc wasi-compiler-rt" "llvm lld wasi-libc wasi-runtimes"
}

# --- Cards ----------------------------------------------------------------------------------

# Debian keeps `fsck.fat` where only root's PATH leads.
has_card_tools() {
    local PATH=$PATH:/usr/sbin:/sbin
    has fsck.fat && has mdir && has xz && echo "dosfstools, mtools, xz"
}

install_card_tools() {
    if has apt-get; then
        apt_install "" dosfstools mtools xz-utils
    else
        install_packages "dosfstools mtools xz" "dosfstools mtools xz" "dosfstools mtools xz"
    fi
}

# --- Package managers -----------------------------------------------------------------------

# Runs a command as root, or fails without a question.
as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n -E "$@"; fi
}

# install_packages DNF PACMAN BREW: the names by which each package manager knows a thing.
install_packages() {
    # Names are separated by blanks on purpose.
    # shellcheck disable=SC2086
    if has dnf; then
        as_root dnf install -y $1
    elif has pacman; then
        as_root pacman -S --noconfirm --needed $2
    elif has brew && [[ $3 ]]; then
        brew install $3
    else
        return 1
    fi
}

# Package sources of our own: the system's, its backports, and the Debian suite $1 if given.
debian_sources() {
    local folder=$CACHE/apt codename
    local mirror=http://deb.debian.org/debian
    mkdir -p "$folder"/{parts,lists/partial,cache/archives/partial}
    rm -f "$folder/parts/"*
    cp /etc/apt/sources.list "$folder/parts/system.list" 2>/dev/null || true
    cp /etc/apt/sources.list.d/*.{list,sources} "$folder/parts/" 2>/dev/null || true

    # The mirror that the system uses already.
    local found
    found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        awk '/\/debian\/?$/ && !found { found = $0 } END { print found }') || true
    mirror=${found:-$mirror}
    codename=$(. /etc/os-release && echo "${ID:-}:${VERSION_CODENAME:-}")
    if [[ $codename == debian:* && -f $DEBIAN_KEYS ]]; then
        debian_line "$mirror" "${codename#debian:}-backports" >"$folder/parts/backports.list"
    fi
    if [[ ${1:-} ]]; then
        [[ -f $DEBIAN_KEYS ]] || return 1
        # Alone: an index is tens of megabytes, and the package needs no other.
        rm -f "$folder/parts/"*
        debian_line "$mirror" "$1" >"$folder/parts/suite.list"
    fi

    # With no right to install, what can be downloaded is all that can be had.
    apt_get -q update
}

# debian_line MIRROR SUITE
debian_line() {
    local mirror=$1
    if [[ $2 == *-security ]]; then mirror=${mirror%/}-security; fi
    echo "deb [signed-by=$DEBIAN_KEYS] $mirror $2 main"
}

apt_options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$CACHE/apt/parts"
    -o "Dir::State::lists=$CACHE/apt/lists" -o "Dir::Cache=$CACHE/apt/cache"
    -o "APT::Sandbox::User=root" -o "Acquire::Retries=2")

apt_get() {
    apt-get "${apt_options[@]}" "$@"
}

apt_cache() {
    apt-cache "${apt_options[@]}" "$@"
}

# apt_install NEWEST PACKAGE…: installs the packages, NEWEST of them from the backports where
# the release has them.
apt_install() {
    debian_sources || return 1
    local newest=$1 package packages=() backports
    shift
    backports=$(. /etc/os-release && echo "${VERSION_CODENAME:-}-backports")
    for package in "$@"; do
        if [[ $package == "$newest" && $(apt_cache madison "$package") == *" $backports/"* ]]; then
            package=$package/$backports
        fi
        packages+=("$package")
    done
    as_root apt-get "${apt_options[@]}" install -q -y --no-install-recommends "${packages[@]}" ||
        as_root apt-get "${apt_options[@]}" install -q -y --no-install-recommends \
            -t "$backports" "$@"
}

main

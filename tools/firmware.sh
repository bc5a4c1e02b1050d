#!/usr/bin/env bash
# Downloads the Raspberry Pi's firmware, which a card needs to boot a board, out of Debian's
# package raspi-firmware; `cargo bramble image --sd` takes it from where this puts it. Needs no
# root, and leaves the system's package sources as they are.
#
# The firmware is not part of Bramble. Its licence, which comes along as LICENCE.broadcom, allows
# copying it unchanged and using it with a Raspberry Pi.

set -euo pipefail
cd "$(dirname "$0")/.."

readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/bramble"
readonly FOLDER="$CACHE/firmware"
readonly LOG="$CACHE/firmware.log"
readonly PACKAGE=raspi-firmware
# The newest release's first: it knows the newest revisions of the boards.
readonly SUITES=(trixie bookworm)
# What `gpu_mem=16` makes the boards read, see tools/bramble/card/config.txt.
readonly FILES=(bootcode.bin start_cd.elf fixup_cd.dat start4cd.elf fixup4cd.dat)
readonly LICENCE=LICENCE.broadcom

main() {
    mkdir -p "$CACHE"
    if is_whole "$FOLDER"; then
        say "found, $FOLDER"
    elif download >"$LOG" 2>&1; then
        say "downloaded, $FOLDER"
    else
        say "MISSING. To do: copy ${FILES[*]} and $LICENCE from the folder boot of" \
            "https://github.com/raspberrypi/firmware to $FOLDER; what was tried is in $LOG"
        exit 1
    fi
}

say() {
    printf 'firmware: %s\n' "$*"
}

# Whether the folder $1 has everything.
is_whole() {
    local name
    for name in "${FILES[@]}" "$LICENCE"; do
        [[ -f $1/$name ]] || return 1
    done
}

download() {
    local suite work="$CACHE/firmware.new"
    for suite in "${SUITES[@]}"; do
        rm -rf "$work"
        mkdir -p "$work/unpacked"
        if fetch "$suite" "$work" && unpack "$work" && is_whole "$work/unpacked"; then
            # In one step, so that what is there is whole.
            rm -rf "$FOLDER"
            mv "$work/unpacked" "$FOLDER"
            rm -rf "$work"
            return
        fi
    done
    rm -rf "$work"
    return 1
}

# fetch SUITE WORK: the package of the Debian release SUITE, in the folder WORK. Debian's keys
# sign the lists, and the lists the package.
fetch() {
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg apt="$2/apt"
    [[ -f $keys ]] || return 1
    mkdir -p "$apt"/{parts,lists/partial,cache/archives/partial}
    echo "deb [signed-by=$keys] $(mirror) $1 non-free-firmware" >"$apt/parts/debian.list"

    local options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$apt/parts"
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
        -o "APT::Sandbox::User=root" -o "Acquire::Retries=2")
    apt-get "${options[@]}" -q update || return 1
    (cd "$2" && apt-get "${options[@]}" -q download "$PACKAGE")
}

# The mirror that the system uses already.
mirror() {
    local found
    found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        awk '/\/debian\/?$/ && !found { found = $0 } END { print found }') || true
    echo "${found:-http://deb.debian.org/debian}"
}

# unpack WORK: the package's files into WORK/unpacked.
unpack() {
    local deb=("$1/$PACKAGE"_*.deb) tree="$1/tree" name
    mkdir -p "$tree"
    dpkg-deb --fsys-tarfile "${deb[0]}" |
        tar -x -C "$tree" ./usr/lib/raspi-firmware ./usr/share/doc/raspi-firmware || return 1
    for name in "${FILES[@]}"; do
        cp "$tree/usr/lib/raspi-firmware/$name" "$1/unpacked/" || return 1
    done
    cp "$tree/usr/share/doc/raspi-firmware/copyright" "$1/unpacked/$LICENCE"
}

main

#!/usr/bin/env bash
# A program that wants no library of the system: built with glibc in it, then run in an older Debian that
# has nothing but Python, certificates and resolv.conf. It must find names, speak TLS, install and remove.
#
#     sudo tests/static-binary.sh [PROGRAM]
#
# Without a program it is built first. Takes root, debootstrap and the network; leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
root=$folder/root
trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$folder"' EXIT

program=${1:-}
if [ -z "$program" ]; then
    target=$(rustc -vV | sed -n 's/^host: //p')
    # With a target of its own build scripts and macros stay as they are.
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --quiet --target "$target" -p pip-accel \
        --target-dir "$folder/target"
    program=$folder/target/$target/release/pip-accel
fi
ldd "$program" 2>&1 | grep -Eq 'statically linked|not a dynamic executable' ||
    { echo "it wants libraries:" && ldd "$program" && exit 1; }
echo "$(stat -c %s "$program") bytes, no library"

debootstrap --variant=minbase --include=python3 "${SUITE:-bullseye}" "$root" http://deb.debian.org/debian >/dev/null
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/"
mkdir -p "$root/etc/ssl/certs"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp "$program" "$root/usr/local/bin/pip-accel"
cp examples/requirements.txt "$root/root/"

cat >"$root/root/try.sh" <<'END'
set -eux
ldd --version | head -n 1
pip-accel --version
pip-accel venv first -r requirements.txt
first/bin/python -c 'import flask, requests, yaml'
pip-accel venv second -r requirements.txt --no-index
pip-accel --python second check
pip-accel --python second uninstall --yes flask
! second/bin/python -c 'import flask' 2>/dev/null
END
chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c 'cd /root && sh try.sh'

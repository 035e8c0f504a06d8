#!/usr/bin/env bash
# From a clone to a filled environment with nothing but the README, on a Debian that has only Python and a
# Rust toolchain (this machine's, mounted).
#
#     sudo tests/bare-clone.sh
#
# Takes root, debootstrap, the network and some ten minutes; leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(mktemp -d)
mounts=(proc dev rust)
trap 'for name in "${mounts[@]}"; do umount "$root/$name" 2>/dev/null || true; done; rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase --include=python3,ca-certificates \
    "${SUITE:-bookworm}" "$root" http://deb.debian.org/debian >/dev/null
mkdir -p "$root/rust"
git clone -q . "$root/root/pip-accel"
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
mount --bind "$(rustc --print sysroot)" "$root/rust" -o ro
cp /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"

cat >"$root/root/try.sh" <<'END'
set -eu
cd pip-accel
# What the README names, and its first command, as they stand there.
grep -m 1 -o 'apt-get install [a-z0-9 -]*' README.md | sed 's/install/install --yes/' >commands
grep -m 1 '^\$ cargo run' README.md | cut -c 3- >>commands
cat commands
apt-get update -qq
started=$(date +%s)
DEBIAN_FRONTEND=noninteractive bash -eux commands
.venv/bin/python -c 'import flask, requests, yaml'
echo "from the clone to the environment: $(($(date +%s) - started)) s"
target/release/pip-accel venv second -r examples/requirements.txt
END
chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt \
    PATH=/rust/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c 'cd /root && sh try.sh'

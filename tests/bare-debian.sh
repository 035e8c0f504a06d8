#!/usr/bin/env bash
# Compiled source distributions on a Debian that has nothing but Python: the hint names packages,
# `--system-packages install` installs them, a second environment builds nothing.
#
#     cargo build && sudo tests/bare-debian.sh
#
# Takes root, debootstrap, the network and some ten minutes; leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/${PROGRAM:-target/debug/pip-accel}
root=$(mktemp -d)
trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
    "${SUITE:-bookworm}" "$root" http://deb.debian.org/debian >/dev/null
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp "$program" "$root/usr/local/bin/pip-accel"

cat >"$root/root/try.sh" <<'END'
set -u
install() { # environment, mode, name
    [ -d "$1" ] || pip-accel venv "$1" --without-pip >/dev/null
    pip-accel --python "$1/bin/python" install --system-packages "$2" --no-binary "$3" "$3" >/root/log 2>&1
}
bad=0
for name in lxml M2Crypto psycopg2 mysqlclient Pillow; do
    install "/root/$name" hint "$name" && { echo "$name: built without its packages?"; bad=1; }
    grep -q '^HINT: building ' /root/log || { echo "$name: no hint"; cat /root/log; bad=1; }
    grep '^HINT: ' /root/log
    install "/root/$name" install "$name" || { echo "$name: not built"; cat /root/log; bad=1; }
    grep -o 'running `.*' /root/log || true
    install "/root/again-$name" off "$name" || { echo "$name: not installed again"; bad=1; }
    grep -q 'Successfully installed' /root/log || bad=1
    grep -q 'Building wheel' /root/log && { echo "$name: built again"; bad=1; }
done
exit $bad
END
chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash /root/try.sh

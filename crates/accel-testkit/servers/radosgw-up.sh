#!/bin/bash
# A single-node Ceph RADOS gateway (S3) in memory, for tests, with the bucket `fleet`.
# Usage: radosgw-up.sh DIR [PORT]; to end it: radosgw-up.sh DIR stop
# Once: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common curl
set -eu; D=$(realpath -m "$1")
# Politely ended, they would wait for each other; what they hold is in memory.
if [ "${2:-}" = stop ]; then for f in "$D"/run/*.pid; do kill -KILL "$(cat "$f")" || true; done; exit 0; fi
P=${2:-5065}; M=$((P+1000)); mkdir -p "$D"/{mon,osd/0,run,log}; cd "$D"; F=$(cat /proc/sys/kernel/random/uuid); U=$(cat /proc/sys/kernel/random/uuid)
cat > ceph.conf <<C
[global]
fsid = $F
mon host = v1:127.0.0.1:$M
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon max pg per osd = 1000
run dir = $D/run
admin socket = $D/run/\$name.asok
pid file = $D/run/\$name.pid
log file = $D/log/\$name.log
ms bind msgr2 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[mon.a]
mon data = $D/mon/a
[osd.0]
osd data = $D/osd/0
osd objectstore = memstore
memstore device bytes = 1073741824
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$P
rgw thread pool size = 16
rgw data = $D/run
C
c="-c $D/ceph.conf"
monmaptool --create --clobber --addv a "[v1:127.0.0.1:$M]" --fsid "$F" monmap >/dev/null
ceph-mon $c -i a --mkfs --monmap monmap; ceph-mon $c -i a; sleep 2
timeout 30 ceph $c osd new "$U" >/dev/null; echo "$U" > osd/0/fsid
ceph-osd $c -i 0 --mkfs --osd-uuid "$U" 2>/dev/null
# Until it has heard of the cluster's map it refuses.
for _ in $(seq 5); do ceph-osd $c -i 0 2>/dev/null && break; sleep 1; done
timeout 120 radosgw-admin $c user create --uid=test --display-name=t --access-key=test --secret-key=testtest >/dev/null
radosgw $c -n client.rgw.a
up=no
for _ in $(seq 60); do curl -s -o /dev/null "http://127.0.0.1:$P/" && { up=yes; break; }; sleep 0.5; done
[ $up = yes ]
# The digest is that of nothing.
curl -sf -o /dev/null --aws-sigv4 aws:amz:us-east-1:s3 -u test:testtest -H "x-amz-content-sha256: $(printf '' | sha256sum | cut -d' ' -f1)" -X PUT "http://127.0.0.1:$P/fleet"
echo "http://127.0.0.1:$P test/testtest"

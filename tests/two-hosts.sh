#!/usr/bin/env bash
# Two hosts that share a bucket: this one installs web-80 and a set of compiled sdists; the other one,
# in a network namespace that reaches nothing but the bucket, installs both after it.
#
#     cargo build --release && sudo tests/two-hosts.sh
#
# Takes root and the network; leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$PWD/target/release/pip-accel
sets=$PWD/benches/requirements
work=$(mktemp -d)
bucket=
trap '[ -z "$bucket" ] || kill "$bucket"; ip netns del two-hosts 2>/dev/null || true; rm -rf "$work"' EXIT

python3 -m venv "$work/moto"
"$work/moto/bin/pip" install --quiet 'moto[server,s3]'
ip netns add two-hosts
ip link add two-a type veth peer name two-b
ip link set two-b netns two-hosts
ip addr add 10.78.1.1/24 dev two-a
ip link set two-a up
ip -n two-hosts addr add 10.78.1.2/24 dev two-b
ip -n two-hosts link set two-b up
ip -n two-hosts link set lo up
"$work/moto/bin/moto_server" -H 10.78.1.1 -p 5599 >/dev/null 2>&1 &
bucket=$!
until curl -sf -o /dev/null -X PUT http://10.78.1.1:5599/fleet; do sleep 0.2; done

unset PIP_FIND_LINKS
export AWS_ENDPOINT_URL=http://10.78.1.1:5599 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
export PIP_ACCEL_SHARED_CACHE=s3://fleet/two PIP_ACCEL_SHARED_CACHE_KEY=a-secret-of-the-fleet
export PIP_ACCEL_SHARED_CACHE_WRITE=600
names=$(sed -n 's/==.*//p' "$sets/sdists-12.txt" | paste -sd,)

install() { # host, words in front
    local host=$1
    shift
    export PIP_ACCEL_CACHE=$work/cache-$host
    TIMEFORMAT="$host: web-80 in %R s"
    time "$@" "$program" venv "$work/$host-web" -v -r "$sets/web-80.txt" \
        >"$work/$host-web.log" 2>&1
    TIMEFORMAT="$host: compiled sdists in %R s"
    time "$@" "$program" venv "$work/$host-sdists" -v --no-deps --no-binary "$names" \
        -r "$sets/sdists-12.txt" >"$work/$host-sdists.log" 2>&1
    grep -h '^Shared cache' "$work/$host"-*.log
    echo "$host: $(cat "$work/$host"-*.log | grep -c 'Building wheel for .*: started') builds"
}
install first
install second ip netns exec two-hosts | tee "$work/second"
grep -q '^second: 0 builds$' "$work/second"
grep -c ', 0 not there, 0 refused, 0 put ' "$work/second" | grep -qx 2

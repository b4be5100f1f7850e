#!/bin/sh
# Sets the links up as /etc/node says: ADDRESS, and GATEWAY with GATE (this side of the link to it) unless empty.
set -eu
[ -e /etc/node ] || exit 0
. /etc/node
ip link set lo up
ip link set eth0 down
ip link set eth0 address "$HARDWARE"
ip addr flush dev eth0
ip addr add "$ADDRESS/24" dev eth0
ip link set eth0 up
if [ -n "$GATEWAY" ]; then
  ip link show defroute >/dev/null 2>&1 || { ip link set eth1 down; ip link set eth1 name defroute; }
  ip link set defroute address "${HARDWARE%??}ff"
  ip addr flush dev defroute
  ip addr add "$GATE/31" dev defroute
  ip link set defroute up
  ip route replace default via "$GATEWAY" dev defroute metric 1000
fi

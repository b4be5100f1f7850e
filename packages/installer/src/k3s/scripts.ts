import type { GeneratedFile } from '../steps/files.ts'
import { K3S_DATA, VOLUMES } from './places.ts'

const [KILLALL_FILE, UNINSTALL_FILE] = [
  '/usr/local/bin/k3s-killall.sh',
  '/usr/local/bin/k3s-uninstall.sh',
] as const
export const K3S_SCRIPTS = [KILLALL_FILE, UNINSTALL_FILE] as const

const KILLALL = `#!/bin/sh
# Written by edgelift. Stops K3s with every container, mount and link of it. Its data stays: systemctl start k3s goes on.
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
systemctl stop k3s.service

shims() {
  for entry in /proc/[0-9]*; do
    tr '\\0' ' ' <"$entry/cmdline" 2>/dev/null |
      grep -q 'containerd-shim.* -address /run/k3s/containerd/containerd.sock' && echo "\${entry#/proc/}"
  done
}
tree() {
  for pid in "$@"; do
    echo "$pid"
    tree $(cat /proc/"$pid"/task/*/children 2>/dev/null)
  done
}
doomed=$(tree $(shims))
[ -z "$doomed" ] || kill -9 $doomed 2>/dev/null

awk '{ print $2 }' /proc/self/mounts |
  grep -E '^/(run/k3s|var/lib/kubelet|var/lib/rancher/k3s|run/netns/cni-)' | sort -r |
  while read -r place; do
    umount -l "$place"
    case $place in /run/netns/*) rm -f "$place" ;; esac
  done

pods=$(ip -o link show master cni0 2>/dev/null | awk -F '[ :@]+' '{ print $2 }')
for link in $pods cni0 flannel.1 flannel-v6.1 edgemesh0; do ip link delete "$link" 2>/dev/null; done
for tool in iptables ip6tables; do
  rules=$($tool-save 2>/dev/null) || continue
  printf '%s\\n' "$rules" | grep -v -E 'KUBE-|CNI-|FLANNEL-|TUNNEL-PORT' | $tool-restore
done
`

/** What K3s' own installation script would have laid down (k3s install.sh: create_killall, create_uninstall). */
export function k3sScripts(directory: string): readonly GeneratedFile[] {
  const cleanup = `'${directory.replaceAll("'", `'\\''`)}/cleanup.sh'`
  const uninstall = `#!/bin/sh
# Written by edgelift. Takes back what its installation did.
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
cleanup=${cleanup}
if [ -x "$cleanup" ]; then exec "$cleanup" --yes "$@"; fi
echo "$cleanup is not there: only K3s is removed; cleanup.sh of any cloud archive removes the rest" >&2
echo "volumes of applications stay in ${K3S_DATA}/${VOLUMES}" >&2
echo "$cleanup 不存在：仅移除 K3s；其余内容可用任一云端离线包中的 cleanup.sh 移除" >&2
echo "应用的存储卷保留在 ${K3S_DATA}/${VOLUMES}" >&2
/usr/local/bin/k3s-killall.sh
systemctl disable k3s.service
rm -f /etc/systemd/system/k3s.service
systemctl daemon-reload
for link in kubectl crictl ctr; do
  [ "$(readlink "/usr/local/bin/$link")" != k3s ] || rm -f "/usr/local/bin/$link"
done
for entry in ${K3S_DATA}/* /etc/rancher/k3s /etc/rancher/node /run/k3s /run/flannel /var/lib/kubelet; do
  [ "$entry" = ${K3S_DATA}/${VOLUMES} ] || rm -rf --one-file-system "$entry"
done
rmdir ${K3S_DATA}/${VOLUMES} ${K3S_DATA} 2>/dev/null
rm -f /usr/local/bin/k3s /usr/local/bin/k3s-killall.sh /usr/local/bin/k3s-uninstall.sh
`
  return [
    { to: KILLALL_FILE, mode: 0o755, content: KILLALL },
    { to: UNINSTALL_FILE, mode: 0o755, content: uninstall },
  ]
}

import type { TestNode } from './nodes/types.ts'

/** What says that a node is as it was: which files an installation has laid down, which images are there, and whether it runs. */
export async function laidState(node: TestNode): Promise<string> {
  const [ctr, unit, places] =
    node.name === 'cloud'
      ? [
          'k3s ctr',
          'k3s',
          '/usr/local/bin /var/lib/rancher/k3s/agent/images /etc/systemd/system /etc/rancher/k3s',
        ]
      : ['ctr -n k8s.io', 'edgecore', '/usr/local/bin /etc/systemd/system /etc/containerd /opt/cni']
  const { stdout } = await node.exec(
    `find ${places} -type f -name '*.yaml' -prune -o -type f -printf '%p %m ' -exec sha256sum {} \\; | sort
        ${ctr} images ls | grep -v ^sha256 | awk '{ print $1, $3 }' | sort; systemctl is-active ${unit}`,
    { check: false },
  )
  return stdout
}

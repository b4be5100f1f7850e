import path from 'node:path'
import type { TestNode } from './types.ts'

/** Makes a folder read-only by a mount of its own; disposing a node that is off does nothing. */
export async function mountReadOnly(node: TestNode, target: string): Promise<AsyncDisposable> {
  const isRoot = path.posix.normalize(target) === '/'
  const shut = isRoot
    ? 'mount -o remount,bind,ro /'
    : `mount --rbind '${target}' '${target}' && mount -o remount,bind,ro '${target}'`
  const open = isRoot ? 'mount -o remount,bind,rw /' : `umount -l '${target}'`
  await node.exec(shut)
  return {
    [Symbol.asyncDispose]: async () => {
      if (node.leader() !== undefined) await node.exec(open, { check: false })
    },
  }
}

/** As full-disk.ts does it, by the means of a guest that has a kernel of its own; a mount of /etc/fstab keeps it. */
export async function fillGuestDisk(
  node: TestNode,
  target: string,
  leaveBytes: number,
): Promise<AsyncDisposable> {
  await node.exec(
    `set -e; modprobe loop 2>/dev/null || true
    mkdir -p '${target}' /var/full; image=/var/full/$(echo '${target}' | tr / _)
    used=$(du -sxB1 '${target}' | cut -f1)
    truncate -s $((used * 2 + 8 * 1024 * 1024 * 1024 + ${leaveBytes})) $image
    mkfs.ext4 -q -m 0 -O ^has_journal $image
    mkdir -p $image.mount; mount -o loop $image $image.mount; rmdir $image.mount/lost+found
    cp -a '${target}/.' $image.mount
    size=0
    for round in 1 2 3 4 5 6 7 8; do
      over=$(($(stat -f -c '%a * %S' $image.mount) - ${leaveBytes}))
      [ $over -ge 4096 ] || break
      size=$((size + over / 4096 * 4096))
      fallocate -l $size $image.mount/.filler || { size=$((size - 32768)); fallocate -l $size $image.mount/.filler; }
    done
    umount $image.mount; echo "$image ${target} ext4 loop 0 0" >> /etc/fstab; mount '${target}'`,
  )
  return {
    [Symbol.asyncDispose]: async () => {
      if (node.leader() !== undefined) await node.exec(`rm -f '${target}/.filler'`)
    },
  }
}

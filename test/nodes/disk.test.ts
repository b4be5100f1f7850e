import { afterAll, beforeAll, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { airGappedNode } from '../support/nodes/index.ts'
import type { Single } from '../support/nodes/types.ts'
import { inDirectory, unpackOn } from '../support/unpacked.ts'

/** One installation of a cloud that meets one disk trouble after the other, and goes on each time. */
let lab: Single
let directory = ''

beforeAll(async () => {
  const archives = await releaseArchives()
  lab = await airGappedNode()
  directory = await unpackOn(lab.node, archives.cloud)
})
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const MIB = 1024 * 1024

async function install() {
  const { code, stdout, stderr } = await inDirectory(
    lab.node,
    directory,
    './install.sh --yes --node-ip 10.77.0.1',
  )
  return { code, words: stdout + stderr }
}

it('is kept out by a read-only /var/lib', async () => {
  await using _trouble = await lab.node.readOnly('/var/lib')
  const result = await install()
  expect(result.code, result.words).toBe(3)
  expect(result.words).toMatch(/DISK_READ_ONLY.*\/var\/lib/)
})

it('names the file that a read-only folder keeps it from writing', async () => {
  await using _trouble = await lab.node.readOnly('/etc/systemd')
  const result = await install()
  expect(result.code, result.words).toBe(1)
  expect(result.words).toMatch(/error\[DISK_READ_ONLY\]: cannot write \/etc\/systemd\/system\/k3s\.service/)
  expect(result.words).toMatch(/fix: mount it writable/)
})

it('names the file for which a full disk has no room, and how much it needs', async () => {
  await using _trouble = await lab.node.fillDisk('/var/lib/rancher', 40 * MIB)
  const result = await install()
  expect(result.code, result.words).toBe(1)
  expect(result.words).toMatch(
    /error\[DISK_FULL\]: no space left for \/var\/lib\/rancher\/\S+\.tar\ncause: it needs \d+\S* \w+, and /,
  )
})

it('ends a wait soon when K3s has no room to unpack itself', async () => {
  const { size } = JSON.parse(
    (await lab.node.exec(`du -sb ${directory}/images | awk '{ print "{\\"size\\":" $1 "}" }'`)).stdout,
  )
  await using _trouble = await lab.node.fillDisk('/var/lib/rancher', size + 20 * MIB)
  const began = Date.now()
  const result = await install()
  expect(result.code, result.words).toBe(1)
  expect(result.words).toMatch(
    /cause: k3s\.service exits again and again.*: extracting data: .*: no space left on device/,
  )
  expect(result.words).toMatch(/fix: free space on the disk/)
  expect(Date.now() - began).toBeLessThan(90_000)
})

it('goes on when there is room, with a warning where the log cannot be written', async () => {
  await using _trouble = await lab.node.readOnly('/var/log/edgelift')
  const result = await install()
  expect(result.code, result.words).toBe(0)
  expect(result.words).toMatch(/warning: \/var\/log\/edgelift\/install-\S+ cannot be written/)
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { digestOf } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStore } from './tar.sample.ts'
import { membersOfTar } from './tar-files.ts'

let folder: string
/** The files as tar has to give them back. */
const contents = new Map<string, Buffer>()
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sparse-'))
  writeHoles('hole-first', [[300_000, 'end']], 300_003)
  writeHoles('hole-last', [[0, 'begin']], 400_000)
  writeHoles('all-hole', [], 200_000)
  // More parts than fit into a header of the old format (4) and one block after it (21).
  writeHoles(
    'many',
    Array.from({ length: 60 }, (_, n) => [n * 12_000, `part ${n}`]),
    720_500,
  )
  writeHoles(`${'long-name-'.repeat(14)}x`, [[100_000, 'long']], 100_010)
  contents.set('plain', Buffer.from('plain'))
  writeFileSync(path.join(folder, 'plain'), 'plain')
})
afterAll(() => rmSync(folder, { recursive: true }))

function writeHoles(name: string, parts: readonly (readonly [number, string])[], size: number): void {
  const file = path.join(folder, name)
  const handle = openSync(file, 'w')
  for (const [offset, text] of parts) writeSync(handle, text, offset)
  truncateSync(file, size)
  contents.set(name, readFileSync(file))
}

/** GNU tar itself writes them. */
function packed(format: readonly string[]): Buffer {
  const names = [...contents.keys()]
  return execFileSync('tar', ['--sparse', ...format, '-C', folder, '-cf', '-', ...names], { maxBuffer: 1e8 })
}

/** Name and digest of each member. */
async function taken(tar: Buffer, cut = 65_536): Promise<[string, string][]> {
  const store = memoryStore()
  const chunks = Array.from({ length: Math.ceil(tar.length / cut) }, (_, n) =>
    tar.subarray(n * cut, (n + 1) * cut),
  )
  const members = await membersOfTar({
    stream: Readable.from(chunks, { objectMode: false }),
    what: 'x.tar',
    wanted: [...contents.keys()],
    put: store.put,
  })
  return members.map(({ path: name, digest }) => [name, digest])
}

describe.each([
  ['the old GNU format', ['--format=gnu']],
  ['pax format 0.0', ['--format=pax', '--sparse-version=0.0']],
  ['pax format 0.1', ['--format=pax', '--sparse-version=0.1']],
  ['pax format 1.0', ['--format=pax', '--sparse-version=1.0']],
])('files with holes in %s', (_, format) => {
  it('are taken out as tar takes them out', async () => {
    const tar = packed(format)
    expect(tar.length).toBeLessThan(700_000) // the holes are not stored
    const wanted = [...contents].map(([name, bytes]) => [name, digestOf(bytes)])
    expect(Object.fromEntries(await taken(tar))).toEqual(Object.fromEntries(wanted))
  })

  it('do not depend on how the stream is cut', async () => {
    expect(await taken(packed(format), 777)).toEqual(await taken(packed(format)))
  })

  it('are refused when a byte of their headers is flipped, or given as they are', async () => {
    const tar = packed(format)
    for (let at = 0; at < 6_000; at += 97) {
      const flipped = Buffer.from(tar)
      flipped.writeUInt8(255 - flipped.readUInt8(at), at)
      const result = await taken(flipped).catch((error: unknown) => error)
      const code = (result as { code?: string }).code ?? ''
      const known = ['TAR_INVALID', 'TAR_MEMBER_MISSING', 'CONTENT_TOO_LARGE']
      expect(Array.isArray(result) || known.includes(code), `byte ${at}: ${String(result)}`).toBe(true)
    }
  })
})

it('a tar of before POSIX is taken', async () => {
  const tar = execFileSync('tar', ['--format=v7', '-C', folder, '-cf', '-', 'plain'])
  const store = memoryStore()
  const stream = Readable.from([tar], { objectMode: false })
  const members = await membersOfTar({ stream, what: 'x.tar', wanted: ['plain'], put: store.put })
  expect(members).toMatchObject([{ path: 'plain', digest: digestOf('plain') }])
})

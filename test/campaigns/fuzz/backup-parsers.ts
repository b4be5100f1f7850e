import { createHash } from 'node:crypto'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { parseCopiedReceipt } from '../../../packages/installer/src/backup/copy.ts'
import { readBackup } from '../../../packages/installer/src/backup/file.ts'
import type { CopyRecord } from '../../../packages/installer/src/backup/record.ts'
import { receiptFor } from '../../../packages/installer/src/state/host-changes.ts'
import { RECEIPT } from '../../../packages/installer/src/state/receipt.ts'
import { BASELINE, HEAD } from '../../../packages/installer/src/testing/trial.ts'
import { bytesOf, documentOf, textOf } from './generators.ts'
import { must, type Parser, parserOf } from './parser.ts'
import { hostIn, written } from './written.ts'

const FILES: Readonly<Record<string, string>> = {
  '/var/lib/rancher/k3s/server/token': 'K10abc::server:secret\n',
  [RECEIPT]: JSON.stringify(receiptFor({ ...HEAD, role: 'cloud' }, undefined, BASELINE)),
}
const RECORD: CopyRecord = {
  format: 'edgelift/copy/v1',
  created: '2026-11-01T00:00:00.000Z',
  role: 'cloud',
  bundle: 'kubeedge-cloud-1',
  lock: 'sha256:0',
  edgelift: '0.1.0',
  directory: '/data/old',
  node: { name: 'cloud', ip: '10.77.0.1' },
  files: Object.entries(FILES).map(([place, text]) => ({
    path: place,
    name: `files${place}`,
    mode: 0o600,
    uid: 0,
    gid: 0,
    size: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  })),
  links: [{ path: '/var/lib/rancher/k3s/server/node-token', to: 'token' }],
}

function member(name: string, text: string): Buffer {
  const content = Buffer.from(text)
  const header = tarHeader({ path: name, type: 'file', size: content.length, mode: 0o600 })
  return Buffer.concat([header, content, Buffer.alloc(tarPadding(content.length))])
}

/** A backup with this record, whatever it says of the files. */
function tarOf(record: string): Buffer {
  const files = Object.entries(FILES).map(([place, text]) => member(`files${place}`, text))
  return Buffer.concat([member('copy.json', record), ...files, TAR_END])
}

async function restored(tar: Buffer): Promise<void> {
  await written({ backup: gzipSync(tar, { level: 1 }) }, async (folder) => {
    const passphrase = () => Promise.reject(new Error('asked for a passphrase'))
    const file = path.join(folder, 'backup')
    const into = { host: hostIn(folder), folder: '/restored' }
    const { record, receipt } = await readBackup({ file, passphrase }, into)
    must(
      record.files.every(({ name }) => name.startsWith('files/')),
      'a file beside the copy',
    )
    parseCopiedReceipt(receipt, 'x')
  })
}

const PIECES = [
  ...['{', '}', '[', ']', '"', ':', ',', 'null', '-1', '1e400', '"/../x"', '"size":', '"mode":', '"name":'],
  ...['files/', 'copy.json', '\\u0000', '"__proto__":{"polluted":1},'],
]
const records = parserOf('backups: records', textOf([JSON.stringify(RECORD)], PIECES), (text) =>
  restored(tarOf(text)),
)
const fields = parserOf('backups: fields of records', documentOf([RECORD]), (text) => restored(tarOf(text)))
const backups = parserOf('backups', bytesOf([tarOf(JSON.stringify(RECORD))]), restored)

export const BACKUP_PARSERS: readonly Parser[] = [records, fields, backups]

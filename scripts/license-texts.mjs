import licenses from 'spdx-license-list/full.js'

/** Of what releases usually pack. Others are named in the SBOM, without a text. */
const IDS = [
  ...[
    'Apache-2.0',
    'MIT',
    'ISC',
    'Zlib',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'MPL-2.0',
    'EPL-1.0',
    'EPL-2.0',
  ],
  ...['GPL-2.0-only', 'GPL-2.0-or-later', 'GPL-3.0-only', 'GPL-3.0-or-later', 'AGPL-3.0-only', 'PostgreSQL'],
  ...['LGPL-2.1-only', 'LGPL-2.1-or-later', 'LGPL-3.0-only', 'LGPL-3.0-or-later', 'Unlicense', 'Python-2.0'],
]

/**
 * `licenses/ID.txt` with the text of each, as the SPDX licence list has it.
 * @returns {[string, string][]}
 */
export function licenseTexts() {
  return IDS.map((id) => {
    const text = licenses[id]?.licenseText
    if (text === undefined) throw new Error(`the SPDX licence list has no ${id}`)
    return [`licenses/${id}.txt`, `${text.trim()}\n`]
  })
}

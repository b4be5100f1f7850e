import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * The licences of the npm packages that a bundle holds, as their terms ask for.
 * @param {readonly string[]} modules absolute paths of the bundled modules
 */
export async function thirdPartyNotices(modules) {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== undefined))
  const notices = await Promise.all([...folders].map(noticeOf))
  return `${notices.sort().join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** `…/node_modules/@scope/name` of a file below it; undefined for our own. */
function packageFolder(file) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one))
  if (file === undefined) return `${name} ${version}: ${license}`
  return `${name} ${version}: ${license}\n\n${(await readFile(path.join(folder, file), 'utf8')).trim()}`
}

import { stat } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from '@edgelift/core'
import { namesIn } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { K3S_CONFIG } from './files.ts'

/** Flags that take precedence over those of `config.yaml` (K3s pkg/configfilearg/parser.go). */
const DROP_INS = `${K3S_CONFIG}.d`
/** Variables of its unit, the same files as in the unit that upstream's install.sh writes. */
const VARIABLES = ['/etc/default/k3s', '/etc/sysconfig/k3s', '/etc/systemd/system/k3s.service.env']
const FILES: readonly string[] = [...VARIABLES, '/etc/rancher/k3s/registries.yaml']

/**
 * Files of others from which K3s takes settings beside those that edgelift lays: drop-ins, its unit's environment, mirrors. What a
 * normal user may not look into counts as not there.
 */
export async function k3sReads(host: Host): Promise<string[]> {
  const names = (await orAbsent(namesIn(onHost(host, DROP_INS)))) ?? []
  const dropIns = names.map((name) => `${DROP_INS}/${name}`).filter(isK3sReads)
  const places = [...dropIns.toSorted(), ...FILES]
  const saying = await Promise.all(places.map((place) => saysSomething(onHost(host, place))))
  return places.filter((_, index) => saying[index])
}

/** Whether {@link k3sReads} may name this path. */
export function isK3sReads(place: string): boolean {
  return FILES.includes(place) || (path.dirname(place) === DROP_INS && /\.ya?ml$/.test(place))
}

async function saysSomething(file: string): Promise<boolean> {
  const found = await orAbsent(stat(file))
  return found?.isFile() === true && found.size > 0
}

async function orAbsent<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined
    throw error
  }
}

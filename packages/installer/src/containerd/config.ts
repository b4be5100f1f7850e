import { reasonText, same, type Text } from '@edgelift/core'
import { isByHand, pathKey, type TomlPath, tomlSettings, tomlStrings, withSetting } from './toml-edit.ts'

/** containerd's configuration as it takes effect, in the words of `containerd config dump`. */
export interface Effective {
  readonly socket: string
  readonly criEnabled: boolean
  readonly sandboxImage: string | undefined
  /** Of the runtime that pods get when they name none. */
  readonly runtimeName: string
  readonly runtimeType: string | undefined
  readonly systemdCgroup: boolean
  /** The program that starts containers; empty for `runc` in the PATH. */
  readonly runtimeProgram: string
  readonly cniPrograms: readonly string[]
  readonly cniConfigs: string
}

/** A setting, and the TOML literal that it gets. */
export interface ConfigEdit {
  readonly path: TomlPath
  readonly literal: string
}

/** What is made of a host's configuration for edge pods. */
export type ConfigPlan =
  | { readonly kind: 'right'; readonly effective: Effective }
  | {
      readonly kind: 'change'
      readonly text: string
      /** What makes the file's text into this one. */
      readonly edits: readonly ConfigEdit[]
      /** The settings that are new, as TOML writes them, for people. */
      readonly changes: readonly string[]
      readonly effective: Effective
    }
  /** The text is written in a way that cannot be changed here with certainty: these settings are to be made by hand. */
  | {
      readonly kind: 'by-hand'
      /** None where containerd refuses the file as it is: it has to be corrected first. */
      readonly changes: readonly string[]
      readonly why: Text
    }

/** Gives what containerd makes of a configuration; throws or says why when it refuses it, as far as it says anything. */
export type Dump = (text: string) => Promise<{ readonly settings: string } | { readonly refused: string }>

/** KubeEdge's containers are started by runc's shim; a runtime of another kind has no such setting. */
const RUNC = /^io\.containerd\.runc\.v[12]$/
const CRI_PLUGINS = [
  'cri',
  'io.containerd.grpc.v1.cri',
  'io.containerd.cri.v1.images',
  'io.containerd.cri.v1.runtime',
]

/** Where a setting stands, by the version of a configuration (containerd docs/cri/config.md). */
function placesOf(version: number) {
  const v2 = ['plugins', 'io.containerd.grpc.v1.cri']
  const runtime = version >= 3 ? ['plugins', 'io.containerd.cri.v1.runtime'] : v2
  return {
    sandbox:
      version >= 3
        ? ['plugins', 'io.containerd.cri.v1.images', 'pinned_images', 'sandbox']
        : [...v2, 'sandbox_image'],
    defaultRuntime: [...runtime, 'containerd', 'default_runtime_name'],
    runtime: (name: string): TomlPath => [...runtime, 'containerd', 'runtimes', name],
    cni: (name: string): TomlPath => [...runtime, 'cni', name],
  }
}

/**
 * What has to change in a host's own configuration, so that pods start offline: the CRI plugin on, the sandbox image
 * of the archive, systemd's cgroup driver. Only these values are changed in the text, and containerd itself
 * says whether the result means that and nothing else.
 * @param text the file; undefined where containerd runs without one
 * @param major of containerd's version
 */
export async function planConfig(text: string | undefined, wanted: Wanted, dump: Dump): Promise<ConfigPlan> {
  try {
    return await plan(text, wanted, dump)
  } catch (error) {
    if (!isByHand(error)) throw error
    return byHand(wanted, undefined, reasonText(error))
  }
}

interface Wanted {
  readonly sandboxImage: string
  /** Of containerd's version. */
  readonly major: number
}

async function plan(text: string | undefined, wanted: Wanted, dump: Dump): Promise<ConfigPlan> {
  const before = text ?? emptyConfig(wanted.major)
  const first = await dump(before)
  if ('refused' in first) return { kind: 'by-hand', changes: [], why: refusedFor(first.refused) }
  const enabled = enableCri(before, tomlSettings(first.settings))
  if (enabled === undefined) return byHand(wanted, undefined, OF_VERSION_1)
  const enabledText = edited(before, enabled)
  const base = await dump(enabledText)
  if ('refused' in base) return byHand(wanted, undefined, refusedFor(base.refused))
  const baseline = effectiveOf(base.settings)
  const relative = tomlStrings(tomlSettings(before).get(pathKey(['imports'])))?.find(
    (file) => !file.startsWith('/'),
  )
  if (relative !== undefined) return byHand(wanted, undefined, same(`imports = ["${relative}"]`))
  const edits = [...enabled]
  const changes = enabled.map(formatEdit)
  const places = placesOf(versionOf(enabledText))
  const set = (path: TomlPath, literal: string) => {
    edits.push({ path, literal })
    changes.push(formatEdit({ path, literal }))
  }
  if (baseline.sandboxImage !== wanted.sandboxImage) set(places.sandbox, JSON.stringify(wanted.sandboxImage))
  const runtime = places.runtime(baseline.runtimeName)
  if (!baseline.systemdCgroup && RUNC.test(baseline.runtimeType ?? '')) {
    // A runtime that is named in the file loses containerd's own defaults for it.
    const type = [...runtime, 'runtime_type']
    if (!tomlSettings(enabledText).has(pathKey(type))) {
      edits.push({ path: type, literal: JSON.stringify(baseline.runtimeType) })
    }
    set([...runtime, 'options', 'SystemdCgroup'], 'true')
  }
  if (changes.length === 0) return { kind: 'right', effective: baseline }
  const changed = edited(before, edits)
  const result = await dump(changed)
  if ('refused' in result) return byHand(wanted, changes, refusedFor(result.refused))
  const effective = effectiveOf(result.settings)
  const lost = [...differences(first.settings, base.settings), ...differences(base.settings, result.settings)]
  const reached =
    effective.criEnabled &&
    effective.sandboxImage === wanted.sandboxImage &&
    (effective.systemdCgroup || !RUNC.test(effective.runtimeType ?? ''))
  if (!reached || lost.length > 0)
    return byHand(wanted, changes, lost.length === 0 ? OVERRIDDEN : same(lost.join(', ')))
  return { kind: 'change', text: changed, edits, changes, effective }
}

/** The configuration of a containerd that runs without one. @param major of its version */
export function emptyConfig(major: number): string {
  return `version = ${major >= 2 ? 3 : 2}\n`
}

export function edited(text: string, edits: readonly ConfigEdit[]): string {
  return edits.reduce((changed, { path, literal }) => withSetting(changed, path, literal), text)
}

const OF_VERSION_1: Text = {
  en: 'a configuration of version 1 with settings of plugins',
  zh: '版本 1 的配置，且含有插件设置',
}
const OVERRIDDEN: Text = { en: 'another file overrides it', zh: '会被其他文件覆盖' }

function refusedFor(words: string): Text {
  if (words !== '') return same(words)
  return { en: 'containerd does not read it, and does not say why', zh: 'containerd 无法读取，且未说明原因' }
}

function byHand(wanted: Wanted, changes: readonly string[] | undefined, why: Text): ConfigPlan {
  const places = placesOf(wanted.major >= 2 ? 3 : 2)
  const all = [
    'disabled_plugins = []',
    `${formatPath(places.sandbox)} = ${JSON.stringify(wanted.sandboxImage)}`,
    `${formatPath([...places.runtime('runc'), 'options', 'SystemdCgroup'])} = true`,
  ]
  return { kind: 'by-hand', changes: changes ?? all, why }
}

function formatEdit({ path, literal }: ConfigEdit): string {
  return `${formatPath(path)} = ${literal}`
}

function formatPath(path: TomlPath): string {
  const name = (part: string) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : `"${part}"`)
  const table = path.slice(0, -1).map(name).join('.')
  return table === '' ? name(path.at(-1) ?? '') : `[${table}] ${name(path.at(-1) ?? '')}`
}

function versionOf(text: string): number {
  return Number(tomlSettings(text).get(pathKey(['version'])) ?? 1)
}

/**
 * The edits after which the CRI plugin is not disabled any more. Docker's package disables it in a file without a
 * version, which means 1: such a file is lifted to 2 when no setting in it would mean something else then. Undefined
 * where one would.
 */
function enableCri(text: string, effective: ReadonlyMap<string, string>): ConfigEdit[] | undefined {
  const own = tomlSettings(text)
  const edits: ConfigEdit[] = []
  const disabled = tomlStrings(own.get(pathKey(['disabled_plugins'])))
  if (disabled?.some((name) => CRI_PLUGINS.includes(name))) {
    const rest = disabled.filter((name) => !CRI_PLUGINS.includes(name))
    const literal = `[${rest.map((name) => JSON.stringify(name)).join(', ')}]`
    edits.push({ path: ['disabled_plugins'], literal })
  }
  if (versionOf(text) >= 2) return edits
  const ofPlugins = [...own.keys()].some((key) => key.startsWith('["plugins"'))
  if (ofPlugins || (disabled ?? []).some((name) => !CRI_PLUGINS.includes(name) && !name.includes('.')))
    return undefined
  if (effective.size === 0) return undefined
  return [{ path: ['version'], literal: '2' }, ...edits]
}

/** Reads the output of `containerd config dump`. */
export function effectiveOf(dumped: string): Effective {
  const settings = tomlSettings(dumped)
  const strings = (path: TomlPath) => tomlStrings(settings.get(pathKey(path)))
  const text = (path: TomlPath) => strings(path)?.[0]
  const places = placesOf(Number(settings.get(pathKey(['version'])) ?? 2))
  const runtimeName = text(places.defaultRuntime) || 'runc'
  const runtime = places.runtime(runtimeName)
  const programs = [...(strings(places.cni('bin_dirs')) ?? []), ...(strings(places.cni('bin_dir')) ?? [])]
  return {
    socket: text(['grpc', 'address']) || '/run/containerd/containerd.sock',
    criEnabled: !(strings(['disabled_plugins']) ?? []).some((name) => CRI_PLUGINS.includes(name)),
    sandboxImage: text(places.sandbox),
    runtimeName,
    runtimeType: text([...runtime, 'runtime_type']),
    systemdCgroup: settings.get(pathKey([...runtime, 'options', 'SystemdCgroup'])) === 'true',
    runtimeProgram: text([...runtime, 'options', 'BinaryName']) ?? '',
    cniPrograms: programs.filter((folder) => folder !== ''),
    cniConfigs: text(places.cni('conf_dir')) || '/etc/cni/net.d',
  }
}

/** Settings that mean something else afterwards, but for those that were to change. */
function differences(before: string, after: string): string[] {
  const old = tomlSettings(before)
  const now = tomlSettings(after)
  const meant = /"(sandbox|sandbox_image|SystemdCgroup|runtime_type|imports|version|disabled_plugins)"\]$/
  const isNothing = (value: string) => ['', '""', "''", '0', 'false', '[]'].includes(value)
  return [...old].flatMap(([key, value]) => {
    const kept = now.get(key) ?? ''
    return meant.test(key) || kept === value || (kept === '' && isNothing(value)) ? [] : [key]
  })
}

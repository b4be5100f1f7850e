/** A package's rooms: each knows only those in lines below its own. A file of a package's root stands beside all. */
interface Layers {
  /** Names of packages that this one does not know, and why. */
  readonly apart: readonly string[]
  readonly why: string
  readonly rooms: readonly (readonly string[])[]
}

const LAYERS: Readonly<Record<string, Layers>> = {
  core: {
    apart: ['@edgelift/oci', '@edgelift/bundle', '@edgelift/builder', '@edgelift/installer'],
    why: 'core knows no other package',
    rooms: [['cli'], ['yaml']],
  },
  oci: {
    apart: ['@edgelift/bundle', '@edgelift/builder', '@edgelift/installer'],
    why: 'the OCI client knows no archives',
    rooms: [
      ['testing'],
      ['registry', 'image'],
      ['tar'],
      ['store'],
      ['transfer'],
      ['manifest', 'auth'],
      ['name', 'http'],
    ],
  },
  bundle: {
    apart: ['@edgelift/oci', '@edgelift/builder', '@edgelift/installer'],
    why: 'the format knows neither side, and no network',
    rooms: [],
  },
  builder: {
    apart: ['@edgelift/installer'],
    why: 'builder and installer share packages/bundle and nothing else',
    rooms: [],
  },
  installer: {
    apart: ['@edgelift/oci', '@edgelift/builder'],
    why: 'the installer runs offline: it knows the format, neither builder nor registries',
    rooms: [
      ['testing'],
      ['cli'],
      ['rollback'],
      ['install', 'uninstall', 'doctor'],
      ['verify'],
      ['preflight'],
      ['inspect'],
      ['mesh'],
      ['backup'],
      ['kubeedge'],
      ['k3s'],
      ['kube'],
      ['containerd'],
      ['steps'],
      ['state'],
      ['trust', 'settings'],
      ['node'],
      ['problem'],
    ],
  },
}

/** `biome.layers.json`: what no file of a package, and none of a room, may import. Tests may look anywhere. */
export function layersConfig(): string {
  const overrides = Object.entries(LAYERS).flatMap(([name, { apart, why, rooms }]) => {
    const paths = Object.fromEntries(apart.map((other) => [other, why]))
    const restricted = (includes: readonly string[], patterns: readonly object[]) => ({
      includes,
      linter: {
        rules: { style: { noRestrictedImports: { level: 'error', options: { paths, patterns } } } },
      },
    })
    return [
      restricted([`packages/${name}/**`], []),
      ...rooms.flatMap((level, at) =>
        level.map((room) => {
          const others = [...rooms.slice(0, at).flat(), ...level.filter((one) => one !== room)]
          const group = others.map((other) => `../${other}/*`)
          const message = `${room} knows only the rooms below it: scripts/layers.ts`
          return restricted(
            [`packages/${name}/src/${room}/**`, '!**/*.test.ts', '!**/*.sample.ts'],
            group.length === 0 ? [] : [{ group, message }],
          )
        }),
      ),
    ]
  })
  return `${JSON.stringify({ overrides }, null, 2)}\n`
}

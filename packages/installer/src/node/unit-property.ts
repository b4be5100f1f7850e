import { ask, type Host } from './host.ts'

/** Asks systemd for a property of a unit. Bare values (`--value`) are printed only since systemd 230. */
export function propertyQuestion(unit: string, name: string): [program: string, ...args: string[]] {
  return ['systemctl', 'show', '-p', name, unit]
}

/** What systemd says of a unit's property: empty where it has no such property, undefined while it does not say. */
export async function unitProperty(host: Host, unit: string, name: string): Promise<string | undefined> {
  const shown = await ask(host, ...propertyQuestion(unit, name))
  return shown === undefined ? undefined : propertyIn(shown, name)
}

/** The value in the line `name=value` that systemd shows. */
function propertyIn(shown: string, name: string): string {
  const line = shown.split('\n').find((one) => one.startsWith(`${name}=`))
  return line?.slice(name.length + 1) ?? ''
}

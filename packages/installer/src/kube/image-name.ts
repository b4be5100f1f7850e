/**
 * As containerd names the image that a pod asks for: `kubeedge/x` is `docker.io/kubeedge/x:latest`, and beside a digest a
 * tag counts for nothing (distribution/reference, `ParseDockerRef`).
 */
export function fullName(image: string): string {
  const at = image.indexOf('@')
  const name = withHost(at < 0 ? image : image.slice(0, at))
  const repository = name.replace(TAG, '')
  if (at >= 0) return repository + image.slice(at)
  return name === repository ? `${name}:latest` : name
}

/** A port has a slash after it. */
const TAG = /:[^:/]+$/

function withHost(name: string): string {
  const [first = '', ...rest] = name.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const host = hasHost && first !== 'index.docker.io' ? first : 'docker.io'
  const path = hasHost ? rest : [first, ...rest]
  return [host, ...(host === 'docker.io' && path.length === 1 ? ['library'] : []), ...path].join('/')
}

/** As containerd names images: `kubeedge/x:v1` is `docker.io/kubeedge/x:v1` (distribution/reference, "familiar names"). */
export function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/')
  if (rest.length === 0) return `docker.io/library/${image}`
  return /[.:]/.test(first) || first === 'localhost' ? image : `docker.io/${image}`
}

/** What ss prints without the line that names its columns: older iproute2 refuse -H, which leaves it out. */
export function withoutColumns(text: string): string {
  return text.replace(/^(Netid|State|Recv-Q)\b.*\n?/, '')
}

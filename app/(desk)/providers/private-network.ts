/** The exception for one provider: its network, the port of its address, and plain http only where the address says so. */
export function allowanceOf(network: string, address: string) {
  const url = URL.canParse(address) ? new URL(address) : null;
  const port = Number(url?.port ?? '');
  return { networks: [network], ports: port > 0 ? [port] : [], plainHttp: url?.protocol === 'http:' };
}

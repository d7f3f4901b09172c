import { connect, createServer, type Socket } from 'node:net'

/** A network between devices and gateway that can stand still: bytes wait, none are lost. */
export interface StallProxy {
  readonly url: string
  stall(yes: boolean): void
  close(): Promise<void>
}

export async function startStallProxy(target: string): Promise<StallProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let stalled = false
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (stalled) socket.pause()
  }
  const server = createServer((near) => {
    const far = connect(Number(port || 1883), hostname.replace(/^\[|\]$/g, ''))
    track(near)
    track(far)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause()
      })
      to.on('drain', () => {
        if (!stalled) from.resume()
      })
      from.on('close', () => to.destroy())
    }
    if (stalled) for (const socket of [near, far]) socket.pause()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
    stall: (yes) => {
      if (yes === stalled) return
      stalled = yes
      for (const socket of sockets) {
        if (yes) socket.pause()
        else socket.resume()
      }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((closed) => server.close(() => closed()))
    },
  }
}

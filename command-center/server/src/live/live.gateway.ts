import { Inject, UseFilters, UseGuards } from '@nestjs/common'
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets'
import { liveSubscribeSchema, liveViewSchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { AccessGuard, type LiveSocket } from '../access/access.guard.ts'
import type { EventFeed } from '../events/event-feed.ts'
import { ProblemFilter } from '../http/problem.filter.ts'
import { Problem, unknown } from '../http/problem.ts'
import { ATTENTION_FEED, EVENT_FEED, FEED, TILE_FEED } from '../tokens.ts'
import type { AttentionFeed } from './attention-feed.ts'
import type { LiveFeed } from './feed.ts'
import type { TileFeed } from './tile-feed.ts'

/** Messages of one socket per ten seconds: enough for somebody who drags a map. */
const MESSAGES_MOST = 100

@WebSocketGateway()
@UseGuards(AccessGuard)
@UseFilters(ProblemFilter)
export class LiveGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(
    @Inject(FEED) private readonly feed: LiveFeed,
    @Inject(TILE_FEED) private readonly tiles: TileFeed,
    @Inject(ATTENTION_FEED) private readonly attention: AttentionFeed,
    @Inject(EVENT_FEED) private readonly events: EventFeed,
  ) {}

  handleConnection(socket: LiveSocket): void {
    this.feed.join(socket)
  }

  handleDisconnect(socket: LiveSocket): void {
    this.feed.leave(socket)
    this.tiles.leave(socket)
    this.attention.leave(socket)
    this.events.unsubscribe(socket)
  }

  @SubscribeMessage('live:subscribe')
  subscribe(@ConnectedSocket() socket: LiveSocket, @MessageBody() message: unknown): void {
    countMessage(socket)
    this.feed.subscribe(socket, read(liveSubscribeSchema, message ?? {}, socket))
  }

  @SubscribeMessage('live:unsubscribe')
  unsubscribe(@ConnectedSocket() socket: LiveSocket): void {
    countMessage(socket)
    this.feed.unsubscribe(socket)
  }

  @SubscribeMessage('live:resync')
  resync(@ConnectedSocket() socket: LiveSocket): void {
    countMessage(socket)
    this.feed.resync(socket)
    this.tiles.resync(socket)
  }

  @SubscribeMessage('live:view')
  view(@ConnectedSocket() socket: LiveSocket, @MessageBody() message: unknown): void {
    countMessage(socket)
    this.tiles.view(socket, read(liveViewSchema, message, socket))
    this.attention.watch(socket)
  }

  @SubscribeMessage('live:unview')
  unview(@ConnectedSocket() socket: LiveSocket): void {
    countMessage(socket)
    this.tiles.leave(socket)
    this.attention.leave(socket)
  }

  @SubscribeMessage('events:subscribe')
  subscribeEvents(@ConnectedSocket() socket: LiveSocket): void {
    countMessage(socket)
    this.events.subscribe(socket)
  }

  @SubscribeMessage('events:unsubscribe')
  unsubscribeEvents(@ConnectedSocket() socket: LiveSocket): void {
    countMessage(socket)
    this.events.unsubscribe(socket)
  }
}

/** A message that keeps to its schema and names no zone that the person does not see. */
function read<T extends { zoneIds?: readonly string[] }>(
  schema: z.ZodType<T>,
  message: unknown,
  socket: LiveSocket,
): T {
  const parsed = schema.safeParse(message)
  const issue = parsed.error?.issues[0]
  if (!parsed.success)
    throw new Problem(400, 'INPUT_INVALID', `${issue?.path.join('.') || 'message'}: ${issue?.message}`)
  const hidden = parsed.data.zoneIds?.find((id) => !socket.data.person.scope.sees(id))
  if (hidden !== undefined) throw unknown('zone', hidden)
  return parsed.data
}

function countMessage(socket: LiveSocket & { data: { window?: number; messages?: number } }): void {
  const window = Math.floor(performance.now() / 10_000)
  if (socket.data.window !== window) {
    socket.data.window = window
    socket.data.messages = 0
  }
  socket.data.messages = (socket.data.messages ?? 0) + 1
  if (socket.data.messages > MESSAGES_MOST)
    throw new Problem(429, 'TOO_MANY_TRIES', 'Too many messages. Wait a few seconds.')
}

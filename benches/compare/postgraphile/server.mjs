// PostGraphile 5 as its documentation recommends for production: the Amber preset, Grafserv on Node's own HTTP server, no
// GraphiQL, no watching, no log. One process for each core shares the port, each with a pool of 8.
//   DATABASE_URL   where the data is
//   PORT           where to listen, on 127.0.0.1

import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { env } from 'node:process'

import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

// The codes are unique by an index. PostGraphile looks rows up by constraints only, unless it is told.
const keys = jsonPgSmartTags({
  version: 1,
  config: { class: { city: { tags: { unique: 'code' } }, ward: { tags: { unique: 'code' } } } },
})

if (cluster.isPrimary) {
  for (let core = 0; core < availableParallelism(); core++) cluster.fork()
} else {
  const serv = postgraphile({
    extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
    plugins: [keys],
    pgServices: [
      makePgService({
        connectionString: env.DATABASE_URL,
        schemas: ['public'],
        poolConfig: { max: 8 },
        pubsub: false,
      }),
    ],
    grafserv: { graphiql: false, watch: false, outputDataAsString: true },
  }).createServ(grafserv)
  const server = createServer()
  await serv.addTo(server)
  await serv.ready()
  server.listen(Number(env.PORT), '127.0.0.1')
}

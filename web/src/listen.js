// Subscriptions, as events over `fetch`. A browser's WebSocket sends no headers and does not say why it was not opened; this
// way a key in the headers editor goes along as with any other request, and a refusal is read like any other answer.

import { createClient } from 'graphql-sse'
import { getOperationAST } from 'graphql'

import { begin } from './listening.jsx'

/** A fetcher that listens where the operation is a subscription; `asking` is the one for all others. */
export function listeningToo(url, asking) {
  return (request, options) => {
    const operation = options?.documentAST && getOperationAST(options.documentAST, request.operationName)
    return operation?.operation === 'subscription' ? events(url, request, options.headers) : asking(request, options)
  }
}

/** What GraphiQL takes for an observable: whoever subscribes is told each answer, until the one or the other has enough. */
function events(url, request, headers) {
  return {
    subscribe(observer) {
      // Not again by itself: what `changes` would have told meanwhile would be missing, and nobody would know.
      const client = createClient({ url, headers, retryAttempts: 0 })
      const told = begin()
      let opened = false
      let over = false
      const answers = {
        next(answer) {
          if (over) return
          told.answered(answer)
          observer.next(answer)
        },
        complete() {
          if (over) return
          over = true
          told.ended()
          observer.complete()
        },
        async error(error) {
          const refused = opened ? undefined : await refusal(error)
          if (over) return
          over = true
          if (refused) {
            told.forgotten()
            observer.next(refused)
          } else {
            // The last answer is worth more than that there is no more, and stays.
            told.lost()
          }
          observer.complete()
        },
      }
      const connected = () => {
        opened = true
        told.opened()
      }
      const stop = client.subscribe(request, answers, { connected })
      return {
        unsubscribe() {
          if (over) return
          over = true
          told.stopped()
          stop()
        },
      }
    },
  }
}

/** Why nothing was begun: in the words of the server, if it has said anything. */
async function refusal(error) {
  const { response, message } = error
  if (!response) return { errors: [{ message: `The subscription could not be sent: ${message}.` }] }
  try {
    return await response.json()
  } catch {
    return { errors: [{ message: `${message}.` }] }
  }
}

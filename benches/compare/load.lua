-- One request, over and over. Arguments: the length that each answer must have, or 0 to leave that unchecked; the file
-- with the body to POST, or none to GET.

function init(arguments)
  local length, body = tonumber(arguments[1]), arguments[2]
  if body then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = io.open(body):read("*a")
  end
  if length > 0 then
    -- Looking at answers costs time, so it is not even defined when nobody looks.
    response = function(status, _, answer)
      if status ~= 200 or #answer ~= length then
        io.stderr:write(string.format("an answer with status %d and %d bytes: %s\n", status, #answer, answer:sub(1, 300)))
        os.exit(1)
      end
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%f,"bytes":%d,"failed":%d,"p50":%f,"p99":%f}',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end

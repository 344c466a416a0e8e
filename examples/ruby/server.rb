# Ruby: POST /connect checks a customer's CleverTap credentials.
#   gem install webrick && CONNECT_VERIFIER_URL=… CONNECT_VERIFIER_KEY=… ruby server.rb
# Put the route behind your login: each call counts against your rate.
require 'json'
require 'net/http'
require 'webrick'

SERVICE = URI("#{ENV.fetch('CONNECT_VERIFIER_URL')}/v1/verify")
KEY = ENV.fetch('CONNECT_VERIFIER_KEY')

def verify(credential, request)
  headers = {
    'Authorization' => "Bearer #{KEY}",
    'Content-Type' => 'application/json',
    'Accept-Language' => request['Accept-Language'].to_s,
    'X-Request-Id' => request['X-Request-Id'].to_s # the service makes one where there is none
  }
  # The service answers within 10 s. Net::HTTP does not follow redirects, which would send the passcode to another host.
  options = { use_ssl: SERVICE.scheme == 'https', open_timeout: 5, read_timeout: 12, max_retries: 0 }
  answer = Net::HTTP.start(SERVICE.host, SERVICE.port, **options) do |http|
    http.post(SERVICE.path, JSON.generate(credential), headers)
  end
  body = JSON.parse(answer.body)
  [answer.code.to_i, answer, body.is_a?(Hash) ? body : {}]
rescue SystemCallError, SocketError, Timeout::Error, IOError, OpenSSL::SSL::SSLError, Net::ProtocolError,
       JSON::ParserError => e
  # Only the name: messages may contain sent or received data.
  warn "connect-verifier: no usable answer: #{e.class}"
  [0, {}, {}]
end

def text(request, name)
  request.query[name].to_s.dup.force_encoding('UTF-8').scrub
end

server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: ENV.fetch('PORT', '3000').to_i)
server.mount('/', WEBrick::HTTPServlet::FileHandler, File.join(__dir__, '..', 'form.html'))

server.mount_proc('/connect') do |request, response|
  raise WEBrick::HTTPStatus::MethodNotAllowed unless request.request_method == 'POST'

  credential = %w[account_id passcode region].to_h { |name| [name, text(request, name)] }
  credential['suggest_region'] = text(request, 'suggest_region') == 'true'
  status, headers, body = verify(credential, request)
  is_verdict = status == 200 && [true, false].include?(body['verified'])
  is_entry = status == 422 && body['code'] == 'invalid_request'
  outcome = is_verdict ? body['status'] : body.fetch('code', 'unreachable')
  # If body['verified'], store body['account_id'], body['region']['id'] and the passcode, encrypted: see "What to store"
  # in docs/INTEGRATION.md.
  guidance = body.fetch('guidance', { 'fields' => [] }) # without an answer, the form has a text of its own
  if %w[partner operator].include?(guidance['owner'])
    warn "connect-verifier: #{outcome} is for our #{guidance['owner']}, request #{body['request_id']}"
  end
  details = body.fetch('errors', []).to_h { |error| [error['pointer'], error['detail']] }
  fields = guidance['fields'].to_h { |name| [name, details.fetch("#/#{name}", guidance['title'])] }
  %w[Retry-After Content-Language X-Request-Id].each { |name| response[name] = headers[name] if headers[name] }
  response['Cache-Control'] = 'no-store'
  response['Content-Type'] = 'application/json'
  response.status = is_verdict ? 200 : (is_entry ? 422 : 503)
  response.body = JSON.generate(
    guidance.slice('title', 'message', 'action').merge(
      'status' => outcome,
      'verified' => is_verdict && body['verified'],
      'try_again' => !is_verdict && !is_entry,
      'fields' => fields,
      'suggested_region' => body['suggested_region']
    )
  )
end

trap('TERM') { server.shutdown }
server.start

#!/bin/sh
# Starts coturn with what the lab tells it: an address, ports, credentials, and the files of a certificate and its key.
# It stays in the foreground, logs to standard output, and ends on SIGTERM.
exec turnserver -n --no-cli --log-file=stdout --simple-log \
  --listening-ip="$NIMSFW_ADDRESS" --relay-ip="$NIMSFW_ADDRESS" \
  --listening-port="$NIMSFW_PORTS_UDP" --tls-listening-port="$NIMSFW_PORTS_TLS" \
  --aux-server="$NIMSFW_ADDRESS:$NIMSFW_PORTS_HTTP" --aux-server="$NIMSFW_ADDRESS:$NIMSFW_PORTS_HTTPS" \
  --cert="$NIMSFW_CERTIFICATE" --pkey="$NIMSFW_PRIVATE_KEY" \
  --fingerprint --lt-cred-mech --realm="$NIMSFW_REALM" --user="$NIMSFW_USERNAME:$NIMSFW_PASSWORD" \
  --userdb="$NIMSFW_FOLDER/turndb" --pidfile="$NIMSFW_FOLDER/turnserver.pid"

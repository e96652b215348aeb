// Passenger as a module of httpd, one process of the app, started with httpd.
import { ask } from '../lib/ask.mjs';
import { start } from '../lib/processes.mjs';
import { missing, startHttpd } from './apache.mjs';
import { emptyDirectory } from './files.mjs';
import { apps } from './paths.mjs';

export const passenger = {
  absent: () => missing('passenger'),
  version: async ({ url }) => (await ask(`${url}/hello`)).headers['x-powered-by'].replace('Phusion ', ''),
  start: (place) =>
    startHttpd(
      place,
      ['passenger', 'dir', 'env'],
      [
        'PassengerRoot /usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini',
        'PassengerDefaultRuby /usr/bin/ruby',
        `PassengerInstanceRegistryDir ${place.directory}`,
        `PassengerNodejs ${process.execPath}`,
        'PassengerMaxPoolSize 1',
        'PassengerMinInstances 1',
        'PassengerMaxRequestQueueSize 1000',
        'PassengerLogLevel 1',
        `PassengerPreStart http://127.0.0.1:${place.port}/hello`,
        `DocumentRoot ${emptyDirectory(place)}`,
        'PassengerAppType node',
        `PassengerAppRoot ${apps}`,
        'PassengerStartupFile passenger.cjs',
        'PassengerAppEnv production',
        `SetEnv BENCH_APP ${place.app}`,
        'LimitRequestBody 0',
        `<Directory ${emptyDirectory(place)}>`,
        'PassengerEnabled on',
        'Require all granted',
        '</Directory>',
      ],
      { BENCH_APP: place.app },
    ),
  reload: ({ mark, directory }) =>
    start(mark, 'passenger-config', ['restart-app', apps], { PASSENGER_INSTANCE_REGISTRY_DIR: directory }),
};

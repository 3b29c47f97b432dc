import { underSupervisor } from '#lib/cli/supervisor/supervised.ts';
import { startSampleApp } from '#lib/demo/app/server.ts';
import { readAppSettings } from '#lib/demo/app/settings.ts';

const app = await startSampleApp(readAppSettings());
underSupervisor(() => app.stop()).ready();

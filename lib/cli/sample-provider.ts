import { underSupervisor } from '#lib/cli/supervisor/supervised.ts';
import { startSampleProvider } from '#lib/demo/provider/server.ts';
import { readProviderSettings } from '#lib/demo/provider/settings.ts';

const provider = await startSampleProvider(readProviderSettings());
underSupervisor(() => provider.stop()).ready();

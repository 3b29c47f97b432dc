import { exportRoute } from '#app/api/export-route.ts';

export const GET = exportRoute('devices');

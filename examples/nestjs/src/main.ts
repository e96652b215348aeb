import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';

import { AppModule } from './app.module.ts';

/** NestJS on its default adapter, Express, as `nest new` writes it. */
async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 3000);
}

await bootstrap();

import {
  Body,
  Controller,
  Get,
  Ip,
  type MessageEvent,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Sse,
} from '@nestjs/common';
import { interval, map, type Observable, startWith } from 'rxjs';

import { type Cat, CatsService } from './cats.service.ts';

@Controller('cats')
export class CatsController {
  // Injected by its type: what emitDecoratorMetadata is for.
  constructor(private readonly cats: CatsService) {}

  @Post()
  create(@Body() body: { readonly name: string }): Cat {
    return this.cats.create(body.name);
  }

  @Get('me')
  whoami(@Ip() ip: string): { ip: string } {
    return { ip };
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return interval(1000).pipe(
      map((count) => count + 1),
      startWith(0),
      map((count) => ({ data: { count } })),
    );
  }

  @Get(':id')
  findOne(@Param('id', ParseIntPipe) id: number): Cat {
    const cat = this.cats.findOne(id);
    if (cat === undefined) throw new NotFoundException();
    return cat;
  }
}

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

export interface Cat {
  readonly id: number;
  readonly name: string;
}

@Injectable()
export class CatsService implements OnApplicationShutdown {
  private readonly cats: Cat[] = [];

  create(name: string): Cat {
    const cat = { id: this.cats.length + 1, name };
    this.cats.push(cat);
    return cat;
  }

  findOne(id: number): Cat | undefined {
    return this.cats.find((cat) => cat.id === id);
  }

  /** Called when the worker is told to stop, its requests done. */
  onApplicationShutdown(signal?: string): void {
    console.log(`closed by ${String(signal)}`);
  }
}

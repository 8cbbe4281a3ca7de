import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** A handler whose failure goes to the one place that answers errors. */
export const handler =
  (work: (request: Request, response: Response, next: NextFunction) => Promise<unknown>): RequestHandler =>
  (request, response, next) => {
    const answer = async () => {
      try {
        await work(request, response, next);
      } catch (error) {
        next(error);
      }
    };
    void answer();
  };

"""The peer of `sgtm bench --peer`: a GPT of the same shape in plain PyTorch, compiled, as an expert would write it.

usage: torch_peer.py {laptop|paper8m}

For every line on standard input: one step, forward + backward + AdamW; prints its tokens/s. The first two compile.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

# vocabulary, width, blocks, heads, context, documents: those of src/bench/speed.cpp
SHAPES = {"laptop": (2048, 128, 4, 8, 128, 32), "paper8m": (50257, 128, 6, 32, 512, 8)}


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        documents, tokens, width = x.shape
        q, k, v = (
            part.view(documents, tokens, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.norm_1(x)).chunk(3, dim=2)
        )
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0)
        x = x + self.out(heads.transpose(1, 2).reshape(documents, tokens, width))
        return x + self.down(F.gelu(self.up(self.norm_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, vocabulary, width, blocks, heads, context):
        super().__init__()
        self.embedding, self.position = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        nn.init.normal_(self.embedding.weight, 0, 0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))
        self.norm, self.bias = nn.LayerNorm(width), nn.Parameter(torch.zeros(vocabulary))

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.embedding.weight, self.bias)
        return F.cross_entropy(logits.flatten(0, 1), tokens.flatten())


def main():
    vocabulary, width, blocks, heads, context, documents = SHAPES[sys.argv[1]]
    model = GPT(vocabulary, width, blocks, heads, context)
    compiled = torch.compile(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.1, betas=(0.9, 0.95), fused=True)
    tokens = torch.randint(0, vocabulary, (documents, context))
    for _ in sys.stdin:
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        compiled(tokens).backward()
        optimizer.step()
        print(tokens.numel() / (time.perf_counter() - start), flush=True)


main()

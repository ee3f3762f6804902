#!/usr/bin/env python3
"""Writes the GPT-Neo models of this folder with Hugging Face's transformers, and the logits that it computes of them in
float32: pip install torch transformers tokenizers safetensors, then tests/import/make.py. The test of model_files reads
them."""
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPTNeoConfig, GPTNeoForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).parent
TEXT = "Once upon a time there was a girl who loved the sea. " * 20 + "The sea was blue, and the girl was happy. " * 20
SHAPE = dict(vocab_size=304, hidden_size=16, num_heads=4, num_layers=2, attention_types=[[["global", "local"], 1]],
             max_position_embeddings=32, window_size=4, bos_token_id=0, eos_token_id=0, initializer_range=0.2)
# Name, what differs in the configuration, the type of its numbers, and the size of a shard.
MODELS = [("float32", {}, torch.float32, None),
          ("float16", dict(num_layers=3, attention_types=[[["local"], 2], [["global"], 1]], intermediate_size=24),
           torch.float16, None),
          ("bfloat16", {}, torch.bfloat16, "12KB")]


def tokenizer():
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator([TEXT], trainers.BpeTrainer(vocab_size=300, special_tokens=["<|endoftext|>", "[PAD]"],
                                                        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                                        show_progress=False))
    return bpe


def main():
    torch.manual_seed(1)
    bpe = tokenizer()
    tokens = torch.tensor([bpe.encode("Once upon a time the girl was happy.").ids])
    for name, changes, dtype, shard in MODELS:
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        model = GPTNeoForCausalLM(GPTNeoConfig(**{**SHAPE, **changes})).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        model = model.to(dtype)
        model.save_pretrained(folder, **({} if shard is None else {"max_shard_size": shard}))
        PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|endoftext|>").save_pretrained(folder)
        with torch.no_grad():
            logits = model.float()(tokens).logits[0]
        save_file({"tokens": tokens[0].to(torch.int32), "logits": logits.contiguous()}, folder / "logits.safetensors")


main()

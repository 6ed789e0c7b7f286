internal import Neural

extension OperatorTable {
  static let attention: [String: OperatorImport] = [
    "Attention": OperatorImport(3...7, outputs: 4) { node in
      node.attributes.ignore("softmax_precision")  // At least Float32 here.
      func window(_ name: String) throws -> Int? {
        let size = try node.integer(name, default: -1)
        guard size >= -1 else { throw AttributeError("attribute \(name) is \(size)") }
        return size < 0 ? nil : size
      }
      var operation = MultiHeadAttention(
        queryHeads: try node.attributes.integer("q_num_heads"),
        keyHeads: try node.attributes.integer("kv_num_heads"),
        scale: try node.attributes.float("scale"), softcap: try node.float("softcap", default: 0),
        isCausal: try node.flag("is_causal"))
      operation.leftWindow = try window("left_window_size")
      operation.rightWindow = try window("right_window_size")
      let mode = try node.integer("qk_matmul_output_mode", default: 0)
      let modes: [MultiHeadAttention.Scores] = [.products, .capped, .biased, .probabilities]
      guard modes.indices.contains(mode) else {
        throw AttributeError("attribute qk_matmul_output_mode is \(mode), allowed are 0 to 3")
      }
      if node.outputs.count > 3 { operation.scores = modes[mode] }
      node.define(operation)
    },
    "RotaryEmbedding": OperatorImport(3...4) { node in
      let rotated = try node.integer("rotary_embedding_dim", default: 0)
      node.define(
        RotaryEmbedding(
          heads: try node.attributes.integer("num_heads"),
          rotatedCount: rotated == 0 ? nil : rotated,
          isInterleaved: try node.flag("interleaved")))
    },
    "LinearAttention": OperatorImport(3...6, outputs: 2) { node in
      node.attributes.ignore("chunk_size")  // How, not what, is computed.
      guard let heads = try node.attributes.integer("q_num_heads"),
        let keyHeads = try node.attributes.integer("kv_num_heads")
      else { throw AttributeError("attributes q_num_heads and kv_num_heads are needed") }
      let rule: (decays: Bool, corrects: Bool) = try node.choice(
        "update_rule", default: "gated_delta",
        [
          "linear": (false, false), "gated": (true, false), "delta": (false, true),
          "gated_delta": (true, true),
        ])
      let scale = try node.float("scale", default: 0)
      node.define(
        LinearAttention(
          queryHeads: heads, keyHeads: keyHeads, scale: scale == 0 ? nil : scale,
          decays: rule.decays, corrects: rule.corrects))
    },
    "CausalConvWithState": OperatorImport(2...4, outputs: 2) { node in
      node.define(
        CausalConvolution(
          activation: try node.choice(
            "activation", default: "none", ["none": .identity, "silu": .silu, "swish": .silu])))
    },
    "FlexAttention": OperatorImport(3...3) { node in
      node.attributes.ignore("softmax_precision")
      let (bodies, captured) = try node.bodies("score_mod", "prob_mod")
      for case let body? in bodies where body.formalCount != 1 || body.graph.outputs.count != 1 {
        throw AttributeError("score_mod and prob_mod need one input and one output")
      }
      node.define(
        FlexibleAttention(
          scale: try node.attributes.float("scale"), scoreChange: bodies[0],
          probabilityChange: bodies[1]),
        node.inputs + captured)
    },
  ]
}

import Neural

extension OperatorVector {
  /// Attention, sampling and quantisation: the operators of those groups with the vector's
  /// attributes.
  func laterOperator() throws -> (any Operator)? { attention() ?? sampling() ?? quantization() }

  private func attention() -> (any Operator)? {
    switch operatorName {
    case "Attention":
      var operation = MultiHeadAttention(
        queryHeads: attributes["q_num_heads"]?.intValue,
        keyHeads: attributes["kv_num_heads"]?.intValue,
        scale: attributes["scale"]?.doubleValue.map { Float($0) }, softcap: float("softcap", 0),
        isCausal: flag("is_causal"))
      operation.leftWindow = int("left_window_size", -1) < 0 ? nil : int("left_window_size", 0)
      operation.rightWindow = int("right_window_size", -1) < 0 ? nil : int("right_window_size", 0)
      let modes: [MultiHeadAttention.Scores] = [.products, .capped, .biased, .probabilities]
      if outputCount > 3 { operation.scores = modes[int("qk_matmul_output_mode", 0)] }
      return operation
    case "RotaryEmbedding":
      let rotated = int("rotary_embedding_dim", 0)
      return RotaryEmbedding(
        heads: attributes["num_heads"]?.intValue, rotatedCount: rotated == 0 ? nil : rotated,
        isInterleaved: flag("interleaved"))
    case "LinearAttention":
      let rule = text("update_rule", "gated_delta")
      return LinearAttention(
        queryHeads: int("q_num_heads", 1), keyHeads: int("kv_num_heads", 1),
        scale: attributes["scale"]?.doubleValue.map { Float($0) },
        decays: rule.hasPrefix("gated"), corrects: rule.hasSuffix("delta"))
    case "CausalConvWithState":
      return CausalConvolution(
        activation: text("activation", "none") == "none" ? .identity : .silu)
    default: return nil
    }
  }

  private func sampling() -> (any Operator)? {
    let modes: [String: GridSample.Mode] = [
      "bilinear": .linear, "linear": .linear, "nearest": .nearest, "bicubic": .cubic,
      "cubic": .cubic,
    ]
    let paddings: [String: GridSample.Padding] = [
      "zeros": .zeros, "border": .border, "reflection": .reflection,
    ]
    switch operatorName {
    case "GridSample":
      guard let mode = modes[text("mode", "linear")],
        let padding = paddings[text("padding_mode", "zeros")]
      else { return nil }
      return GridSample(mode: mode, padding: padding, alignsCorners: flag("align_corners"))
    case "AffineGrid": return AffineGrid(alignsCorners: flag("align_corners"))
    case "RoiAlign":
      return RegionAlign(
        mode: text("mode", "avg") == "avg" ? .average : .max, rows: int("output_height", 1),
        columns: int("output_width", 1), samplingRatio: int("sampling_ratio", 0),
        spatialScale: float("spatial_scale", 1),
        isHalfPixel: text("coordinate_transformation_mode", "half_pixel") == "half_pixel")
    case "DeformConv":
      return DeformableConvolution(geometry: geometry, offsetGroups: int("offset_group", 1))
    default: return nil
    }
  }

  private func quantization() -> (any Operator)? {
    switch operatorName {
    case "QuantizeLinear":
      return QuantizeLinear(
        axis: int("axis", 1), blockSize: int("block_size", 0),
        elementType: outputs[0].elementType)
    case "DequantizeLinear":
      return DequantizeLinear(axis: int("axis", 1), blockSize: int("block_size", 0))
    case "DynamicQuantizeLinear": return DynamicQuantizeLinear()
    case "MatMulInteger": return QuantizedMatMul(requantizes: false)
    case "QLinearMatMul": return QuantizedMatMul(requantizes: true)
    case "ConvInteger": return QuantizedConvolution(geometry: geometry, requantizes: false)
    case "QLinearConv": return QuantizedConvolution(geometry: geometry, requantizes: true)
    default: return nil
    }
  }

  private var geometry: Convolution {
    let pads = ints("pads") ?? [0, 0, 0, 0]
    return Convolution(
      strides: ints("strides") ?? [1, 1], dilations: ints("dilations") ?? [1, 1],
      padsBegin: Array(pads.prefix(2)), padsEnd: Array(pads.suffix(2)), groups: int("group", 1))
  }
}

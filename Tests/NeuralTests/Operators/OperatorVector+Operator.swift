import Neural

extension OperatorVector {
  /// The operator with the vector's attributes; `nil` for a name that the tests do not know.
  func makeOperator() throws -> (any Operator)? {
    try windowed() ?? normalization() ?? elementwise() ?? movement() ?? reduction() ?? other()
      ?? laterOperator()
  }

  private var autoPad: AutoPad {
    switch text("auto_pad", "NOTSET") {
    case "SAME_UPPER": .sameUpper
    case "SAME_LOWER": .sameLower
    case "VALID": .valid
    default: .notSet
    }
  }

  private func windowed() -> (any Operator)? {
    let axes = max((inputs[0]?.shape.count ?? 2) - 2, 0)
    let strides = ints("strides") ?? Array(repeating: 1, count: axes)
    let dilations = ints("dilations") ?? Array(repeating: 1, count: axes)
    let pads = ints("pads") ?? Array(repeating: 0, count: 2 * axes)
    let (begin, end) = (Array(pads.prefix(axes)), Array(pads.dropFirst(axes)))
    let kernel = ints("kernel_shape") ?? []
    switch operatorName {
    case "Conv":
      return Convolution(
        strides: strides, dilations: dilations, padsBegin: begin, padsEnd: end,
        groups: int("group", 1), autoPad: autoPad)
    case "ConvTranspose":
      return ConvolutionTranspose(
        strides: strides, dilations: dilations, padsBegin: begin, padsEnd: end,
        outputPadding: ints("output_padding") ?? Array(repeating: 0, count: axes),
        groups: int("group", 1), autoPad: autoPad, outputShape: ints("output_shape"))
    case "MaxPool":
      return MaxPool(
        kernel: kernel, strides: strides, dilations: dilations, padsBegin: begin, padsEnd: end,
        ceilMode: flag("ceil_mode"), autoPad: autoPad)
    case "AveragePool":
      return AveragePool(
        kernel: kernel, strides: strides, dilations: dilations, padsBegin: begin, padsEnd: end,
        ceilMode: flag("ceil_mode"), countIncludePad: flag("count_include_pad"),
        autoPad: autoPad)
    case "GlobalAveragePool": return GlobalPool(function: .average)
    case "GlobalMaxPool": return GlobalPool(function: .max)
    default: return nil
    }
  }

  private func normalization() -> (any Operator)? {
    let epsilon = float("epsilon", 1e-5)
    switch operatorName {
    case "BatchNormalization": return BatchNormalization(epsilon: epsilon)
    case "InstanceNormalization": return InstanceNormalization(epsilon: epsilon)
    case "LayerNormalization": return LayerNormalization(axis: int("axis", -1), epsilon: epsilon)
    case "GroupNormalization":
      return GroupNormalization(groups: int("num_groups", 1), epsilon: epsilon)
    case "LRN":
      return LocalResponseNormalization(
        size: int("size", 1), alpha: float("alpha", 0.0001), beta: float("beta", 0.75),
        bias: float("bias", 1))
    case "LpNormalization": return LpNormalization(axis: int("axis", -1), p: int("p", 2))
    case "PRelu": return PRelu()
    default: return activation.map { Activation(function: $0) }
    }
  }

  private var activation: ActivationFunction? {
    switch operatorName {
    case "Relu": .relu
    case "Sigmoid": .sigmoid
    case "Tanh": .tanh
    case "Mish": .mish
    case "Gelu": text("approximate", "none") == "tanh" ? .geluTanh : .gelu
    case "HardSwish": .hardSwish
    case "Softplus": .softplus
    case "Softsign": .softsign
    case "LeakyRelu": .leakyRelu(alpha: float("alpha", 0.01))
    case "HardSigmoid": .hardSigmoid(alpha: float("alpha", 0.2), beta: float("beta", 0.5))
    case "Elu": .elu(alpha: float("alpha", 1))
    case "Selu": .selu(alpha: float("alpha", 1.673_263_2), gamma: float("gamma", 1.050_701))
    case "Celu": .celu(alpha: float("alpha", 1))
    case "ThresholdedRelu": .thresholdedRelu(alpha: float("alpha", 1))
    case "Swish": .swish(beta: float("alpha", 1))
    default: nil
    }
  }

  private func elementwise() -> (any Operator)? {
    let unary: [String: ElementwiseUnary.Function] = [
      "Abs": .absolute, "Neg": .negate, "Exp": .exponential, "Log": .logarithm,
      "Sqrt": .squareRoot, "Reciprocal": .reciprocal, "Floor": .floor, "Ceil": .ceiling,
      "Round": .round, "Sign": .sign, "Erf": .erf, "Sin": .sine, "Cos": .cosine, "Tan": .tangent,
      "Asin": .arcsine, "Acos": .arccosine, "Atan": .arctangent, "Sinh": .hyperbolicSine,
      "Cosh": .hyperbolicCosine, "Not": .not, "IsNaN": .isNaN, "IsInf": .isInfinity,
      "BitwiseNot": .bitwiseNot,
    ]
    let binary: [String: ElementwiseBinary.Function] = [
      "Add": .add, "Sub": .subtract, "Mul": .multiply, "Div": .divide, "Pow": .power,
      "Max": .maximum, "Min": .minimum, "Mod": .modulo(truncated: flag("fmod")), "And": .and,
      "Or": .or, "Xor": .xor, "Equal": .equal, "Less": .less, "Greater": .greater,
      "LessOrEqual": .lessOrEqual, "GreaterOrEqual": .greaterOrEqual,
      "BitwiseAnd": .bitwiseAnd, "BitwiseOr": .bitwiseOr, "BitwiseXor": .bitwiseXor,
    ]
    if let function = unary[operatorName] { return ElementwiseUnary(function: function) }
    if let function = binary[operatorName] { return ElementwiseBinary(function: function) }
    switch operatorName {
    case "Clip": return Clip()
    case "Where": return Where()
    case "Cast": return Cast(to: outputs[0].elementType)
    default: return nil
    }
  }

  private func movement() -> (any Operator)? {
    let reductions: [String: ScatterReduction] = [
      "none": .none, "add": .add, "mul": .multiply, "max": .maximum, "min": .minimum,
    ]
    let modes: [String: Pad.Mode] = [
      "constant": .constant, "reflect": .reflect, "edge": .edge, "wrap": .wrap,
    ]
    let reduction = reductions[text("reduction", "none")] ?? .none
    let axis = int("axis", 0)
    switch operatorName {
    case "Identity": return Identity()
    case "Reshape": return Reshape(allowZero: flag("allowzero"))
    case "Flatten": return Flatten(axis: int("axis", 1))
    case "Squeeze": return Squeeze()
    case "Unsqueeze": return Unsqueeze()
    case "Transpose": return Transpose(permutation: ints("perm"))
    case "Concat": return Concat(axis: axis)
    case "Split": return Split(axis: axis, outputCount: outputCount)
    case "Slice": return Slice()
    case "Gather": return Gather(axis: axis)
    case "GatherElements": return GatherElements(axis: axis)
    case "GatherND": return GatherND(batchDimensions: int("batch_dims", 0))
    case "ScatterND": return ScatterND(reduction: reduction)
    case "ScatterElements": return ScatterElements(axis: axis, reduction: reduction)
    case "Expand": return Expand()
    case "Tile": return Tile()
    case "Pad": return modes[text("mode", "constant")].map { Pad(mode: $0) }
    case "DepthToSpace":
      return DepthToSpace(
        block: int("blocksize", 1),
        order: text("mode", "DCR") == "DCR" ? .depthColumnRow : .columnRowDepth)
    case "SpaceToDepth": return SpaceToDepth(block: int("blocksize", 1))
    case "Trilu": return Trilu(upper: flag("upper", true))
    default: return nil
    }
  }

  private func reduction() -> (any Operator)? {
    let functions: [String: Reduction.Function] = [
      "ReduceSum": .sum, "ReduceMean": .mean, "ReduceMax": .maximum, "ReduceMin": .minimum,
      "ReduceProd": .product, "ReduceL1": .l1, "ReduceL2": .l2, "ReduceLogSum": .logSum,
      "ReduceLogSumExp": .logSumExp, "ReduceSumSquare": .sumSquare,
    ]
    if let function = functions[operatorName] {
      return Reduction(
        function: function, keepDimensions: flag("keepdims", true),
        emptyAxesIsIdentity: flag("noop_with_empty_axes"))
    }
    switch operatorName {
    case "ArgMax", "ArgMin":
      return ArgExtremum(
        function: operatorName == "ArgMax" ? .maximum : .minimum, axis: int("axis", 0),
        keepDimensions: flag("keepdims", true), selectLast: flag("select_last_index"))
    case "TopK":
      return TopK(
        axis: int("axis", -1), largest: flag("largest", true), sorted: flag("sorted", true))
    case "CumSum":
      return CumulativeSum(exclusive: flag("exclusive"), reverse: flag("reverse"))
    case "Softmax": return Softmax(axis: int("axis", -1))
    case "LogSoftmax": return Softmax(axis: int("axis", -1), logarithmic: true)
    default: return nil
    }
  }

  private func other() throws -> (any Operator)? {
    switch operatorName {
    case "MatMul": return MatMul()
    case "Gemm":
      return Gemm(
        alpha: float("alpha", 1), beta: float("beta", 1), transposeA: flag("transA"),
        transposeB: flag("transB"))
    case "Einsum": return Einsum(equation: text("equation", ""))
    case "Shape": return ShapeOf(start: int("start", 0), end: attributes["end"]?.intValue)
    case "Size": return SizeOf()
    case "ConstantOfShape":
      let value = try attributes["value"].map { try Tensor(vector: $0) }
      return ConstantOfShape(value: try value ?? Tensor([0 as Float], shape: [1]))
    case "Range": return Range()
    case "OneHot": return OneHot(axis: int("axis", -1))
    case "NonZero": return NonZero()
    case "NonMaxSuppression":
      return NonMaxSuppression(centerPointBox: flag("center_point_box"))
    case "Resize": return resize()
    default: return nil
    }
  }

  private func resize() -> Resize? {
    let modes: [String: Resize.Mode] = ["nearest": .nearest, "linear": .linear, "cubic": .cubic]
    let coordinates: [String: Resize.Coordinates] = [
      "half_pixel": .halfPixel, "half_pixel_symmetric": .halfPixelSymmetric,
      "pytorch_half_pixel": .pytorchHalfPixel, "align_corners": .alignCorners,
      "asymmetric": .asymmetric, "tf_crop_and_resize": .tfCropAndResize,
    ]
    let roundings: [String: Resize.Nearest] = [
      "round_prefer_floor": .roundPreferFloor, "round_prefer_ceil": .roundPreferCeil,
      "floor": .floor, "ceil": .ceil,
    ]
    let aspects: [String: Resize.Aspect] = [
      "stretch": .stretch, "not_larger": .notLarger, "not_smaller": .notSmaller,
    ]
    guard let mode = modes[text("mode", "nearest")],
      let coordinate = coordinates[text("coordinate_transformation_mode", "half_pixel")],
      let rounding = roundings[text("nearest_mode", "round_prefer_floor")],
      let aspect = aspects[text("keep_aspect_ratio_policy", "stretch")]
    else { return nil }
    return Resize(
      mode: mode, coordinates: coordinate, nearest: rounding,
      cubicCoefficient: float("cubic_coeff_a", -0.75), excludeOutside: flag("exclude_outside"),
      extrapolation: float("extrapolation_value", 0), antialias: flag("antialias"),
      axes: ints("axes"), aspect: aspect)
  }
}

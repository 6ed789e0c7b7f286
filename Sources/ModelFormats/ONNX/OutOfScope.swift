/// Standard operators that a detection toolkit leaves to others, with the reason.
package enum OutOfScope {
  /// Why the operator is left out; `nil` for operators that belong to the toolkit.
  package static func reason(_ operation: String, domain: String) -> String? {
    if domain == "ai.onnx.ml" { return "classical machine learning on tables" }
    if domain == "ai.onnx.preview.training" || domain == "ai.onnx.training" { return "training" }
    return reasons[operation]
  }

  /// Why values of a type, named as the file's inputs and outputs are, are left out; `nil` for types
  /// that belong to the toolkit.
  package static func reason(elementType: String) -> String? {
    switch elementType {
    case "string": "strings and text"
    case "sequence", "optional", "map", "sparse tensor": "sequences and optionals"
    case "complex64", "complex128": "complex numbers"
    case let name where name.hasPrefix("float8") || name.hasPrefix("float4"):
      "floating point of 8 bits and less (\(name))"
    case "int4", "uint4", "int2", "uint2": "integers packed below a byte (\(elementType))"
    default: nil
    }
  }

  private static let reasons: [String: String] = {
    var reasons: [String: String] = [:]
    for (reason, names) in groups {
      for name in names.split(separator: " ") { reasons[String(name)] = reason }
    }
    return reasons
  }()

  private static let groups = [
    (
      "strings and text",
      "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer LabelEncoder"
    ),
    (
      "sequences and optionals",
      "ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt SequenceConstruct "
        + "SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence"
    ),
    ("audio", "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT"),
    ("recurrent networks", "GRU LSTM RNN"),
    (
      "training", "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss Gradient Adagrad Adam Momentum"
    ),
    (
      "random numbers",
      "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"
    ),
    ("decoding of picture files inside a network", "ImageDecoder"),
  ]
}

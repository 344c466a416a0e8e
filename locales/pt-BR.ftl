# Brazilian Portuguese: português (Brasil)

## Advice: one message for each code

verified =
    .title = Conectado
    .message = O CleverTap aceitou estas credenciais.
    .action = Você não precisa fazer nada.

check-credentials =
    .title = O CleverTap não aceita estas credenciais
    .message = O ID da conta e o passcode não correspondem um ao outro nesta região. O passcode também pode ter expirado ou ter sido redefinido ou excluído.
    .action = No seu painel do CleverTap, compare o ID da conta com o Project ID exibido em Settings > Project e crie ou copie um passcode em Settings > Passcodes. Verifique se a região é a mesma que aparece no endereço do seu painel.

check-credentials-test-project =
    .title = O CleverTap não aceita estas credenciais
    .message = O ID da conta pertence a um projeto de teste (começa com TEST-), e um passcode do projeto de produção não é válido para ele.
    .action = No seu painel do CleverTap, abra o projeto de teste e copie um passcode em Settings > Passcodes desse projeto, ou informe o Project ID do projeto de produção.

check-account-id =
    .title = O CleverTap não reconhece este ID de conta
    .message = Não existe nenhuma conta com este ID na região escolhida.
    .action = Copie o Project ID em Settings > Project no seu painel do CleverTap e verifique se a região é a mesma que aparece no endereço do painel.

looks-like-token =
    .title = Isto parece um token de conta, não um passcode
    .message = O CleverTap não aceitou este valor, e ele tem o formato do token da conta, que se destina aos SDKs.
    .action = Copie um passcode de Settings > Passcodes no seu painel do CleverTap.

fields-swapped =
    .title = O ID da conta e o passcode parecem estar trocados
    .message = O CleverTap não aceitou esses valores, e o passcode parece um ID de conta.
    .action = Informe o Project ID no campo do ID da conta e o passcode no campo do passcode e tente novamente.

choose-region =
    .title = Sua conta está em outra região
    .message = O CleverTap não aceita estas credenciais em { $region }, mas aceita em { $suggested }.
    .action = Escolha { $suggested } como região e tente novamente.

request-whitelisting =
    .title = O CleverTap ainda não habilitou esta integração
    .message = O nome de parceiro “{ $partner }” não consta entre os parceiros aprovados pelo CleverTap, e por isso ninguém pode se conectar por meio dele.
    .action = Você não precisa alterar nada. O provedor desta integração deve pedir ao CleverTap que inclua o nome de parceiro na lista de permissões.

retry-shortly =
    .title = Não é possível acessar o CleverTap no momento
    .message = O CleverTap não deu uma resposta utilizável a tempo. Isso não diz nada sobre as suas credenciais.
    .action = Aguarde um momento e tente novamente. Se o problema continuar, consulte a página de status do CleverTap.

retry-shortly-overloaded =
    .title = O serviço está ocupado
    .message = Há verificações demais em andamento neste momento. Isso não diz nada sobre as suas credenciais.
    .action = Aguarde um momento e tente novamente.

slow-down =
    .title = Solicitações demais
    .message = Esta integração envia mais solicitações do que o combinado.
    .action = Aguarde um momento e tente novamente.

too-many-attempts =
    .title = Tentativas demais com esta conta
    .message = Várias credenciais diferentes foram recusadas para esta conta. Por isso, novas tentativas estão pausadas para protegê-la.
    .action = Aguarde o fim da pausa. Enquanto isso, copie um passcode atual de Settings > Passcodes no seu painel do CleverTap.

contact-operator =
    .title = Ocorreu algo inesperado
    .message = A verificação terminou sem resultado, e tentar novamente provavelmente não vai ajudar. Isso não diz nada sobre as suas credenciais.
    .action = Entre em contato com o suporte desta integração e informe o ID da solicitação.

fix-request =
    .title = Não é possível processar a solicitação
    .message = A integração enviou uma solicitação que o serviço não entende ou não tem permissão para responder.
    .action = O provedor desta integração deve corrigi-la.

fix-request-fields =
    .title = Verifique os dados informados
    .message = Pelo menos um campo está faltando ou não pode ser usado.
    .action = Corrija os campos marcados e tente novamente.

## Field errors: what is wrong, and what is allowed

error-missing = Este campo é obrigatório.
error-empty = Este campo não pode ficar vazio.
error-wrong-type = Este campo deve ser um texto, mas é do tipo { $found }.
    .flag = Este campo deve ser true ou false, mas é do tipo { $found }.
error-too-long = Este campo aceita no máximo { $most } caracteres.
error-unusable-characters = Este campo aceita somente letras latinas sem acento, números e sinais de pontuação, sem espaços.
error-unknown-region = Esta região não é conhecida. Use uma destas: { $known }, ou então auto, ou cole o endereço do seu painel do CleverTap.
error-no-origin = É permitida a origem de uma página: apenas esquema, host e porta, como https://dash.example.com.
error-out-of-range = É permitido um número inteiro de 1 a { $most }.

## Warnings

warning-repaired =
    .account-id = Espaços, aspas ou travessões no ID da conta ou ao redor dele foram corrigidos.
    .passcode = Espaços ou aspas ao redor do passcode foram removidos.
    .region = Espaços ou aspas ao redor da região foram removidos.
warning-unusual-shape =
    .account-id = Isto não parece um ID de conta do CleverTap, que normalmente tem o formato XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = O endereço do painel que você colou pertence a um ID de conta diferente do informado. Foi usado o ID informado.
    .region = O endereço do painel informado como ID da conta pertence a uma região diferente da escolhida. A região escolhida foi usada.

## Problems: title, and what it means

problem-malformed-json = JSON malformado
    .detail = O corpo deve ser um único objeto JSON com os membros account_id, passcode, region e, se desejado, suggest_region e lang, cada um no máximo uma vez e nenhum outro.
problem-bad-request = Solicitação incorreta
    .detail = A solicitação HTTP está malformada ou é ambígua: ela precisa de exatamente um Host válido e de um tamanho inequívoco.
problem-invalid-request = Solicitação inválida
    .detail = Pelo menos um campo está faltando ou não pode ser usado; "errors" indica cada um deles.
problem-unauthenticated = Não autenticado
    .detail = A solicitação precisa de uma chave de API válida no cabeçalho "Authorization: Bearer".
problem-forbidden = Acesso não permitido
    .detail = A chave ou o token é válido, mas não dá permissão para esta operação.
problem-not-found = Não encontrado
    .detail = Não há nada neste endereço.
problem-method-not-allowed = Método não permitido
    .detail = Este endereço não aceita este método; o cabeçalho "Allow" indica os que ele aceita.
problem-unsupported-media-type = Tipo de conteúdo não aceito
    .detail = O corpo deve ser JSON, e "Content-Type" deve ser application/json.
problem-payload-too-large = Conteúdo grande demais
    .detail = O corpo é maior do que este serviço aceita.
problem-request-timeout = Tempo da solicitação esgotado
    .detail = A solicitação não chegou por completo a tempo.
problem-uri-too-long = URI longo demais
    .detail = O endereço é mais longo do que este serviço aceita.
problem-headers-too-large = Cabeçalhos grandes demais
    .detail = Os cabeçalhos são mais longos ou mais numerosos do que este serviço aceita.
problem-rate-limited = Limite de solicitações excedido
    .detail = Chegaram mais solicitações do que este cliente pode enviar; "Retry-After" indica quando tentar novamente.
problem-too-many-attempts = Tentativas demais
    .detail = Um número excessivo de credenciais diferentes foi recusado para esta conta em pouco tempo; "Retry-After" indica quando a próxima tentativa pode ser feita.
problem-upstream-unexpected = Resposta inesperada do CleverTap
    .detail = O CleverTap deu uma resposta que não é nenhuma das conhecidas, e por isso não é possível afirmar nada sobre as credenciais.
problem-upstream-unavailable = O CleverTap está indisponível
    .detail = Não foi possível acessar o CleverTap, ou ele informou um erro próprio, e por isso não é possível afirmar nada sobre as credenciais.
problem-upstream-busy = O CleverTap está ocupado
    .detail = O CleverTap já está sendo consultado com toda a frequência que permite, e por isso ainda não é possível afirmar nada sobre as credenciais.
problem-upstream-timeout = O CleverTap não respondeu a tempo
    .detail = O CleverTap não deu uma resposta completa a tempo, e por isso não é possível afirmar nada sobre as credenciais.
problem-overloaded = Serviço sobrecarregado
    .detail = Este serviço está recusando novas tarefas por um momento para continuar respondendo.
problem-internal = Erro interno
    .detail = É uma falha deste serviço; o operador dele pode localizá-la pelo ID da solicitação.

## Pages and the command line

page-code = Código
page-status = Status HTTP
page-owner = Quem pode resolver
page-message = O que significa
page-action = O que fazer
page-retryable = Vale a pena tentar de novo
page-yes = Sim
page-no = Não
owner-none = Ninguém precisa fazer nada
owner-customer = Você, o cliente
owner-partner = O provedor desta integração
owner-clevertap = CleverTap
owner-operator = O operador deste serviço
